package cli

import "fmt"

// FormatSize shows a number of bytes as GLib does: SI units with one digit,
// and a no-break space before all units but "bytes".
func FormatSize(n uint64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	}
	units := []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	factor := uint64(1000)
	for len(units) > 1 && n/1000 >= factor {
		factor *= 1000
		units = units[1:]
	}
	return fmt.Sprintf("%.1f\u00a0%s", float64(n)/float64(factor), units[0])
}
