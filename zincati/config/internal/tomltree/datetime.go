package tomltree

import (
	"strings"
)

// looksLikeTime tells dates and times from numbers: four digits and a hyphen, or digits and a colon.
func looksLikeTime(word string) bool {
	digits := 0
	for digits < len(word) && isDigit(word[digits]) {
		digits++
	}
	if digits == 0 || digits == len(word) {
		return false
	}
	return word[digits] == ':' || word[digits] == '-'
}

func isDate(word string) bool { return len(word) == 10 && word[4] == '-' && word[7] == '-' }

// number reads exactly n digits.
func number(s *string, n int) (int, bool) {
	if len(*s) < n {
		return 0, false
	}
	value := 0
	for i := range n {
		c := (*s)[i]
		if !isDigit(c) {
			return 0, false
		}
		value = value*10 + int(c-'0')
	}
	*s = (*s)[n:]
	return value, true
}

func literal(s *string, prefixes ...string) bool {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(*s, p); ok {
			*s = rest
			return true
		}
	}
	return false
}

// checkDatetime returns what is wrong with a date, a time, or both with or without an offset.
func checkDatetime(word string) string {
	rest := word
	if len(rest) > 2 && rest[2] == ':' || strings.IndexByte(rest, '-') < 0 {
		if message := checkTime(&rest); message != "" {
			return message
		}
		return trailing(rest)
	}
	if message := checkDate(&rest); message != "" {
		return message
	}
	if rest == "" {
		return ""
	}
	if !literal(&rest, "T", "t", " ") {
		return "invalid date, expected `T`"
	}
	if message := checkTime(&rest); message != "" {
		return message
	}
	if rest != "" {
		if message := checkOffset(&rest); message != "" {
			return message
		}
	}
	return trailing(rest)
}

func trailing(rest string) string {
	if rest != "" {
		return "invalid time, expected nothing more"
	}
	return ""
}

func checkDate(s *string) string {
	year, ok := number(s, 4)
	if !ok || !literal(s, "-") {
		return "invalid date, expected a four-digit year (YYYY)"
	}
	month, ok := number(s, 2)
	if !ok || !literal(s, "-") {
		return "invalid date, expected a two-digit month (MM)"
	}
	day, ok := number(s, 2)
	if !ok {
		return "invalid date, expected a two-digit day (DD)"
	}
	if month < 1 || month > 12 {
		return "invalid date, expected month between 01 and 12"
	}
	lengths := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	last := lengths[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		last = 29
	}
	if day < 1 || day > last {
		return "invalid date, expected day between 01 and " + string([]byte{byte('0' + last/10), byte('0' + last%10)})
	}
	return ""
}

// checkTime reads HH:MM, HH:MM:SS or HH:MM:SS.fraction.
func checkTime(s *string) string {
	hour, ok := number(s, 2)
	if !ok {
		return "invalid time, expected a two-digit hour (HH)"
	}
	if !literal(s, ":") {
		return "invalid time, expected `:` (HH:MM)"
	}
	minute, ok := number(s, 2)
	if !ok {
		return "invalid time, expected a two-digit minute (MM)"
	}
	second := 0
	if literal(s, ":") {
		if second, ok = number(s, 2); !ok {
			return "invalid time, expected a two-digit second (SS)"
		}
		if literal(s, ".") {
			fraction := strings.TrimLeft(*s, "0123456789")
			if len(fraction) == len(*s) {
				return "invalid time, expected nanosecond"
			}
			*s = fraction
		}
	}
	switch {
	case hour > 23:
		return "invalid time, expected hour between 00 and 23"
	case minute > 59:
		return "invalid time, expected minute between 00 and 59"
	case second > 60:
		return "invalid time, expected second between 00 and 60"
	}
	return ""
}

func checkOffset(s *string) string {
	if literal(s, "Z", "z") {
		return ""
	}
	if !literal(s, "+", "-") {
		return "invalid offset, expected `Z`, +OFFSET, -OFFSET"
	}
	hour, ok := number(s, 2)
	if !ok {
		return "invalid offset, expected a two-digit hour (HH)"
	}
	if !literal(s, ":") {
		return "invalid offset, expected `:` (HH:MM)"
	}
	minute, ok := number(s, 2)
	switch {
	case !ok:
		return "invalid offset, expected a two-digit minute (MM)"
	case hour > 23:
		return "invalid offset, expected hours between 00 and 23"
	case minute > 59:
		return "invalid offset, expected minutes between 00 and 59"
	}
	return ""
}
