package gnudate

import "strings"

// kind is a terminal of the grammar. Characters that stand for themselves are
// their own kind.
type kind int

const (
	kindEnd  kind = 0
	kindBad  kind = '?'
	kindTime kind = 'T' // the letter, alone: a separator or a zone
)

const (
	kindUnsigned kind = 256 + iota // digits
	kindSigned                     // a sign and digits
	kindUnsignedDecimal
	kindSignedDecimal
	kindAgo
	kindDay
	kindDayShift
	kindDayZone
	kindDST
	kindLocalZone
	kindMeridian
	kindMonth
	kindOrdinal
	kindZone
	kindYearUnit
	kindMonthUnit
	kindDayUnit
	kindHourUnit
	kindMinuteUnit
	kindSecondUnit
)

// token is a word or number.
type token struct {
	kind     kind
	value    int64 // of numbers and words; whole seconds of decimals, rounded down
	nanos    int64 // of decimals, not negative
	digits   int   // of numbers
	negative bool
}

// lexer splits text into tokens.
type lexer struct {
	text  string
	zones []localZone
}

// maxWord is the number of letters of a word that count.
const maxWord = 19

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// at returns a character of the rest of the text, 0 behind its end.
func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

func (l *lexer) next() token {
	for {
		l.text = strings.TrimLeft(l.text, " \t\n\v\f\r")
		switch c := l.at(0); {
		case l.text == "":
			return token{kind: kindEnd}
		case c == '+' || c == '-':
			// A sign that no number follows is ignored, as in 17-JUN-1992.
			l.text = strings.TrimLeft(l.text[1:], " \t\n\v\f\r")
			if isDigit(l.at(0)) {
				return l.number(true, c == '-')
			}
		case isDigit(c):
			return l.number(false, false)
		case isAlpha(c):
			return l.word()
		case c == '(':
			if !l.comment() {
				return token{kind: kindEnd}
			}
		default:
			l.text = l.text[1:]
			if c == 0 {
				return token{kind: kindBad}
			}
			return token{kind: kind(c)}
		}
	}
}

// comment skips nested parentheses. It reports false if they are not closed,
// which ends the text.
func (l *lexer) comment() bool {
	depth := 0
	for i := range len(l.text) {
		switch l.text[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			l.text = l.text[i+1:]
			return true
		}
	}
	l.text = ""
	return false
}

func (l *lexer) number(signed, negative bool) token {
	t := token{kind: kindUnsigned, negative: negative}
	if signed {
		t.kind = kindSigned
	}
	for fits := true; isDigit(l.at(t.digits)); {
		d := int64(l.text[t.digits] - '0')
		if negative {
			d = -d
		}
		shifted, ok := mulInt(t.value, 10)
		if t.value, fits = addInt(shifted, d); !ok || !fits {
			return token{kind: kindBad}
		}
		t.digits++
	}
	l.text = l.text[t.digits:]
	if c := l.at(0); (c == '.' || c == ',') && isDigit(l.at(1)) {
		l.fraction(&t)
	}
	return t
}

// fraction adds the decimals to a number. What is smaller than a nanosecond
// makes the number smaller.
func (l *lexer) fraction(t *token) {
	t.kind += kindUnsignedDecimal - kindUnsigned
	end, scale, rest := 1, int64(1e8), false
	for ; isDigit(l.at(end)); end++ {
		d := int64(l.text[end] - '0')
		t.nanos += d * scale
		rest = rest || scale == 0 && d != 0
		scale /= 10
	}
	l.text = l.text[end:]
	if !t.negative {
		return
	}
	if rest {
		t.nanos++
	}
	if t.nanos != 0 {
		t.value--
		t.nanos = 1e9 - t.nanos
	}
}

func (l *lexer) word() token {
	end := 0
	for isAlpha(l.at(end)) || l.at(end) == '.' {
		end++
	}
	word := strings.ToUpper(l.text[:min(end, maxWord)])
	l.text = l.text[end:]
	return l.lookUp(word)
}
