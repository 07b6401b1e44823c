module reception

go 1.24

require switchhook v0.0.0

replace switchhook => ../switchhook
