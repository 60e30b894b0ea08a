package gnudate

import "strings"

type wordTable map[string]token

const (
	am int64 = iota
	pm
	hours24
)

var meridians = wordTable{
	"AM": {kind: kindMeridian, value: am}, "A.M.": {kind: kindMeridian, value: am},
	"PM": {kind: kindMeridian, value: pm}, "P.M.": {kind: kindMeridian, value: pm},
}

// calendar has the names that may be cut to three letters.
var calendar = []struct {
	name string
	token
}{
	{"JANUARY", token{kind: kindMonth, value: 1}}, {"FEBRUARY", token{kind: kindMonth, value: 2}},
	{"MARCH", token{kind: kindMonth, value: 3}}, {"APRIL", token{kind: kindMonth, value: 4}},
	{"MAY", token{kind: kindMonth, value: 5}}, {"JUNE", token{kind: kindMonth, value: 6}},
	{"JULY", token{kind: kindMonth, value: 7}}, {"AUGUST", token{kind: kindMonth, value: 8}},
	{"SEPTEMBER", token{kind: kindMonth, value: 9}}, {"SEPT", token{kind: kindMonth, value: 9}},
	{"OCTOBER", token{kind: kindMonth, value: 10}}, {"NOVEMBER", token{kind: kindMonth, value: 11}},
	{"DECEMBER", token{kind: kindMonth, value: 12}},
	{"SUNDAY", token{kind: kindDay, value: 0}}, {"MONDAY", token{kind: kindDay, value: 1}},
	{"TUESDAY", token{kind: kindDay, value: 2}}, {"TUES", token{kind: kindDay, value: 2}},
	{"WEDNESDAY", token{kind: kindDay, value: 3}}, {"WEDNES", token{kind: kindDay, value: 3}},
	{"THURSDAY", token{kind: kindDay, value: 4}}, {"THUR", token{kind: kindDay, value: 4}},
	{"THURS", token{kind: kindDay, value: 4}}, {"FRIDAY", token{kind: kindDay, value: 5}},
	{"SATURDAY", token{kind: kindDay, value: 6}},
}

var units = wordTable{
	"YEAR": {kind: kindYearUnit, value: 1}, "MONTH": {kind: kindMonthUnit, value: 1},
	"FORTNIGHT": {kind: kindDayUnit, value: 14}, "WEEK": {kind: kindDayUnit, value: 7}, "DAY": {kind: kindDayUnit, value: 1},
	"HOUR":   {kind: kindHourUnit, value: 1},
	"MINUTE": {kind: kindMinuteUnit, value: 1}, "MIN": {kind: kindMinuteUnit, value: 1},
	"SECOND": {kind: kindSecondUnit, value: 1}, "SEC": {kind: kindSecondUnit, value: 1},
}

// relatives lacks "second", which is a unit.
var relatives = wordTable{
	"TOMORROW": {kind: kindDayShift, value: 1}, "YESTERDAY": {kind: kindDayShift, value: -1},
	"TODAY": {kind: kindDayShift, value: 0}, "NOW": {kind: kindDayShift, value: 0},
	"LAST": {kind: kindOrdinal, value: -1}, "THIS": {kind: kindOrdinal, value: 0}, "NEXT": {kind: kindOrdinal, value: 1},
	"FIRST": {kind: kindOrdinal, value: 1}, "THIRD": {kind: kindOrdinal, value: 3}, "FOURTH": {kind: kindOrdinal, value: 4},
	"FIFTH": {kind: kindOrdinal, value: 5}, "SIXTH": {kind: kindOrdinal, value: 6}, "SEVENTH": {kind: kindOrdinal, value: 7},
	"EIGHTH": {kind: kindOrdinal, value: 8}, "NINTH": {kind: kindOrdinal, value: 9}, "TENTH": {kind: kindOrdinal, value: 10},
	"ELEVENTH": {kind: kindOrdinal, value: 11}, "TWELFTH": {kind: kindOrdinal, value: 12},
	"AGO": {kind: kindAgo, value: -1}, "HENCE": {kind: kindAgo, value: 1},
}

// zone makes a token for a zone of some hours, in tenths, east of Greenwich.
func zone(tenths int64) token { return token{kind: kindZone, value: tenths * 360} }

// dayZone is the same for daylight saving time, which is an hour more.
func dayZone(tenths int64) token { return token{kind: kindDayZone, value: tenths * 360} }

var universalZones = wordTable{"GMT": zone(0), "UT": zone(0), "UTC": zone(0)}

var otherZones = wordTable{
	"WET": zone(0), "WEST": dayZone(0), "BST": dayZone(0),
	"ART": zone(-30), "BRT": zone(-30), "BRST": dayZone(-30), "NST": zone(-35), "NDT": dayZone(-35),
	"AST": zone(-40), "ADT": dayZone(-40), "CLT": zone(-40), "CLST": dayZone(-40),
	"EST": zone(-50), "EDT": dayZone(-50), "CST": zone(-60), "CDT": dayZone(-60),
	"MST": zone(-70), "MDT": dayZone(-70), "PST": zone(-80), "PDT": dayZone(-80),
	"AKST": zone(-90), "AKDT": dayZone(-90), "HST": zone(-100), "HAST": zone(-100), "HADT": dayZone(-100),
	"SST": zone(-120), "WAT": zone(10), "CET": zone(10), "CEST": dayZone(10),
	"MET": zone(10), "MEZ": zone(10), "MEST": dayZone(10), "MESZ": dayZone(10),
	"EET": zone(20), "EEST": dayZone(20), "CAT": zone(20), "SAST": zone(20), "EAT": zone(30),
	"MSK": zone(30), "MSD": dayZone(30), "IST": zone(55), "SGT": zone(80), "KST": zone(90), "JST": zone(90),
	"GST": zone(100), "NZST": zone(120), "NZDT": dayZone(120),
}

// military returns the zone of a letter; J has none, T is also a separator.
func military(letter byte) token {
	switch {
	case letter == 'T':
		return token{kind: kindTime}
	case letter == 'Z':
		return zone(0)
	case letter == 'J':
		return token{kind: kindBad}
	case letter < 'J':
		return zone(10 * int64(letter-'A'+1))
	case letter <= 'M':
		return zone(10 * int64(letter-'A'))
	}
	return zone(-10 * int64(letter-'N'+1))
}

// localZone is an abbreviation that the zone of the result uses.
type localZone struct {
	name  string
	isDST int // 0 or 1, or -1 if the name is used for both
}

// lookUp finds the meaning of a word in upper case.
func (l *lexer) lookUp(word string) token {
	if t, ok := meridians[word]; ok {
		return t
	}
	abbreviated := len(word) == 3 || len(word) == 4 && word[3] == '.'
	for _, entry := range calendar {
		if entry.name == word || abbreviated && entry.name[:3] == word[:3] {
			return entry.token
		}
	}
	if t, ok := l.lookUpZone(word); ok {
		return t
	}
	if word == "DST" {
		return token{kind: kindDST}
	}
	for _, name := range []string{word, strings.TrimSuffix(word, "S")} {
		if t, ok := units[name]; ok {
			return t
		}
	}
	if t, ok := relatives[word]; ok {
		return t
	}
	if len(word) == 1 {
		return military(word[0])
	}
	if undotted := strings.ReplaceAll(word, ".", ""); undotted != word {
		if t, ok := l.lookUpZone(undotted); ok {
			return t
		}
	}
	return token{kind: kindBad}
}

func (l *lexer) lookUpZone(word string) (token, bool) {
	if t, ok := universalZones[word]; ok {
		return t, true
	}
	for _, z := range l.zones {
		if z.name == word {
			return token{kind: kindLocalZone, value: int64(z.isDST)}, true
		}
	}
	t, ok := otherZones[word]
	return t, ok
}
