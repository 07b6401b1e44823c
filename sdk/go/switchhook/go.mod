module switchhook

go 1.24
