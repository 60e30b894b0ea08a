package optical

// States of a drive.
const (
	NoInfo = iota
	NoDisc
	TrayOpen
	NotReady
	DiscOK
)
