package fat

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	lastSlot = 0x40
	// maxSlots is how many entries the longest name takes.
	maxSlots  = 20
	slotChars = 13

	lowerBase      = 0x08
	lowerExtension = 0x10
)

// codePage437 are the characters from 128 on of the code page that short names are in.
const codePage437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
	"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

// shortName returns the name in an entry.
func shortName(b []byte) string {
	var raw [11]byte
	copy(raw[:], b)
	if raw[0] == 0x05 { // stands for what marks deleted entries
		raw[0] = deleted
	}
	flags := b[12]
	base := text437(raw[:8], flags&lowerBase != 0)
	extension := text437(raw[8:], flags&lowerExtension != 0)
	switch {
	case base == "" && extension == "":
		return ""
	case extension == "":
		return base
	}
	return base + "." + extension
}

// text437 decodes a part of a short name, without the blanks that fill it.
func text437(b []byte, toLower bool) string {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c == 0 {
			break
		}
		switch {
		case c >= 0x80:
			r := rune437(c)
			if toLower {
				r = lower437(r)
			}
			out = utf8.AppendRune(out, r)
		case toLower:
			out = append(out, lower(c))
		default:
			out = append(out, c)
		}
	}
	return strings.TrimRight(string(out), " ")
}

func rune437(c byte) rune {
	for _, r := range codePage437 {
		if c == 0x80 {
			return r
		}
		c--
	}
	return utf8.RuneError
}

// lower437 is the lower case of a letter, where the code page has both.
func lower437(r rune) rune {
	const upper, lower = "ÇÄÅÉÆÖÜÑ", "çäåéæöüñ"
	if i := strings.IndexRune(upper, r); i >= 0 {
		r, _ = utf8.DecodeRuneInString(lower[i:])
	}
	return r
}

// longName collects the entries of a long name, which come last part first.
type longName struct {
	chars    [maxSlots * slotChars]uint16
	slots    int // how many the name has; 0 is none
	expect   int // number of the next slot; 0 is the entry that has the name
	checksum byte
}

func (l *longName) reset() { l.slots = 0 }

// add takes an entry of the name.
func (l *longName) add(b []byte) {
	number := int(b[0])
	if l.slots == 0 || number != l.expect || b[13] != l.checksum {
		// It is the first one, or something else begins in the middle of a name.
		slots := number &^ lastSlot
		if number&lastSlot == 0 || slots == 0 || slots > maxSlots {
			l.reset()
			return
		}
		l.slots, l.expect, l.checksum = slots, slots, b[13]
	}
	l.expect--
	chars := l.chars[l.expect*slotChars:][:slotChars]
	for i := range chars {
		chars[i] = binary.LittleEndian.Uint16(b[slotOffset(i):])
	}
}

// slotOffset is where a character of a slot is.
func slotOffset(i int) int {
	switch {
	case i < 5:
		return 1 + 2*i
	case i < 11:
		return 14 + 2*(i-5)
	}
	return 28 + 2*(i-11)
}

// take ends the name with the entry that it belongs to.
func (l *longName) take(b []byte) (string, bool) {
	slots, complete := l.slots, l.expect == 0
	l.reset()
	if slots == 0 || !complete || checksum(b) != l.checksum {
		return "", false
	}
	return text16(l.chars[:slots*slotChars]), true
}

// checksum of a short name binds a long one to it.
func checksum(b []byte) (sum byte) {
	for _, c := range b[:11] {
		sum = sum<<7 | sum>>1
		sum += c
	}
	return sum
}

// text16 decodes UTF-16 up to a NUL; what is not valid in it is left out.
func text16(u []uint16) string {
	out := make([]byte, 0, len(u))
	for i := 0; i < len(u) && u[i] != 0; i++ {
		r := rune(u[i])
		if utf16.IsSurrogate(r) {
			if r >= 0xdc00 { // the second half of a pair
				continue
			}
			if i+1 == len(u) {
				break
			}
			if r = utf16.DecodeRune(r, rune(u[i+1])); r == utf8.RuneError {
				continue
			}
			i++
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// sameName compares names without the case of ASCII letters.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return a != ""
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
