package rdcore

import (
	"fmt"
	"slices"
	"strings"
)

// needsNetwork tells whether a table of encrypted volumes (crypttab(5): name, device, password,
// options) says that the volume can only be opened with the network. path is the table's, for
// messages. A volume that is not in the table is an error.
func needsNetwork(table, volume, path string) (bool, error) {
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 {
			return false, fmt.Errorf("crypttab line missing name or device: %s", line)
		}
		if fields[0] != volume {
			continue
		}
		return len(fields) > 3 && slices.Contains(strings.Split(fields[3], ","), "_netdev"), nil
	}
	return false, fmt.Errorf("couldn't find %s in %s", volume, path)
}
