package disk

import "strings"

// OtherBootNote tells the user of other boot file systems.
func OtherBootNote(devices []string) string {
	return "\nNote: detected other devices with a filesystem labeled `boot`:\n  - " + strings.Join(devices, "\n  - ") + `
The installed OS may not work correctly if there are multiple boot filesystems.
Before rebooting, investigate whether these filesystems are needed and consider
wiping them with ` + "`wipefs -a`.\n"
}
