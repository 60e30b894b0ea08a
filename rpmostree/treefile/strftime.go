package treefile

import (
	"fmt"
	"strings"
	"time"
)

// strftime formats a time as GLib's g_date_time_format does in the C locale. The flags "_", "-" and "0"
// for padding are understood.
func strftime(format string, t time.Time) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		pad := byte(0)
		i++
		for i < len(format) && strings.IndexByte("_-0EO", format[i]) >= 0 {
			if format[i] != 'E' && format[i] != 'O' {
				pad = format[i]
			}
			i++
		}
		if i == len(format) {
			return "", fmt.Errorf("date format %q ends after %%", clip(format))
		}
		if !timeField(&b, t, format[i], pad) {
			return "", fmt.Errorf("date format %%%c is not supported", format[i])
		}
	}
	return b.String(), nil
}

// layouts are the fields that package time can format.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan",
	'c': "Mon Jan _2 15:04:05 2006", 'D': "01/02/06", 'x': "01/02/06", 'F': "2006-01-02",
	'p': "PM", 'P': "pm", 'r': "03:04:05 PM", 'R': "15:04", 'T': "15:04:05", 'X': "15:04:05",
	'z': "-0700", 'Z': "MST", 'y': "06",
}

// timeField writes one field; false means that there is none of that name.
func timeField(b *strings.Builder, t time.Time, field, pad byte) bool {
	if layout, ok := layouts[field]; ok {
		b.WriteString(t.Format(layout))
		return true
	}
	isoYear, isoWeek := t.ISOWeek()
	hour12 := (t.Hour()+11)%12 + 1
	n, width, byDefault := 0, 2, byte('0')
	switch field {
	case 'C':
		n = t.Year() / 100
	case 'd':
		n = t.Day()
	case 'e':
		n, byDefault = t.Day(), '_'
	case 'g':
		n = isoYear % 100
	case 'G':
		n, width = isoYear, 4
	case 'H':
		n = t.Hour()
	case 'I':
		n = hour12
	case 'j':
		n, width = t.YearDay(), 3
	case 'k':
		n, byDefault = t.Hour(), '_'
	case 'l':
		n, byDefault = hour12, '_'
	case 'm':
		n = int(t.Month())
	case 'M':
		n = t.Minute()
	case 'S':
		n = t.Second()
	case 's':
		fmt.Fprint(b, t.Unix())
		return true
	case 'u':
		n, width = (int(t.Weekday())+6)%7+1, 1
	case 'V':
		n = isoWeek
	case 'w':
		n, width = int(t.Weekday()), 1
	case 'Y':
		n, width = t.Year(), 4
	case 'n':
		b.WriteByte('\n')
		return true
	case 't':
		b.WriteByte('\t')
		return true
	case '%':
		b.WriteByte('%')
		return true
	default:
		return false
	}
	if pad == 0 {
		pad = byDefault
	}
	switch pad {
	case '0':
		fmt.Fprintf(b, "%0*d", width, n)
	case '_':
		fmt.Fprintf(b, "%*d", width, n)
	default:
		fmt.Fprint(b, n)
	}
	return true
}
