//go:build !wasip1

package switchhook

// host answers for the switch. Natively there is none until switchhooktest puts its double here.
var host Host
