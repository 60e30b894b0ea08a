package gnudate

// parser reads items. It decides by one token of lookahead and never goes
// back: where a token can continue an item it does, which
// is how the original resolves its ambiguities.
type parser struct {
	lexer lexer
	token token // the next one
	items items
	bad   bool
}

// items is what was read.
type items struct {
	timestamp bool // seconds are since 1970, and nothing else counts

	year       token // value and digits
	month, day int64

	hour, minute, meridian int64
	seconds, nanos         int64

	weekday, ordinal int64
	zone             int64 // seconds east of Greenwich
	localIsDST       int

	rel relative

	dates, times, days, zones, localZones, dsts, rels int // how many were seen
}

// relative is an offset in units that are not added to each other.
type relative struct{ year, month, day, hour, minute, second, nanos int64 }

func (p *parser) advance() token {
	t := p.token
	p.token = p.lexer.next()
	return t
}

func (p *parser) fail() { p.bad = true }

// accept takes the next token if it is of that kind.
func (p *parser) accept(k kind) (token, bool) {
	if p.token.kind != k {
		return token{}, false
	}
	return p.advance(), true
}

// expect takes the next token, which must be of that kind.
func (p *parser) expect(k kind) token {
	t, ok := p.accept(k)
	if !ok {
		p.fail()
	}
	return t
}

// parse reads the whole text and reports whether it follows the grammar.
func (p *parser) parse() bool {
	p.advance()
	if _, ok := p.accept('@'); ok {
		p.items.timestamp = true
		p.items.seconds, p.items.nanos = p.timestamp()
		return !p.bad && p.token.kind == kindEnd
	}
	for p.token.kind != kindEnd && !p.bad {
		p.item()
	}
	return !p.bad
}

func (p *parser) timestamp() (seconds, nanos int64) {
	switch p.token.kind {
	case kindUnsigned, kindSigned, kindUnsignedDecimal, kindSignedDecimal:
		t := p.advance()
		return t.value, t.nanos
	}
	p.fail()
	return 0, 0
}

func (p *parser) item() {
	switch t := p.advance(); t.kind {
	case kindUnsigned:
		p.afterNumber(t)
	case kindSigned, kindSignedDecimal, kindUnsignedDecimal:
		p.afterCount(t)
	case kindOrdinal:
		if day, ok := p.accept(kindDay); ok {
			p.setDay(t.value, day.value)
		} else {
			p.afterCount(t)
		}
	case kindMonth:
		p.afterMonth(t)
	case kindDay:
		p.accept(',')
		p.setDay(0, t.value)
	case kindZone, kindTime, kindDayZone, kindLocalZone:
		p.zone(t)
	case kindDayShift:
		p.items.rels++
		p.add(relative{day: t.value}, 1)
	case kindYearUnit, kindMonthUnit, kindDayUnit, kindHourUnit, kindMinuteUnit, kindSecondUnit:
		p.unit(token{kind: kindUnsigned, value: 1}, t)
	default:
		p.fail()
	}
}

// afterNumber reads an item that begins with digits.
func (p *parser) afterNumber(n token) {
	switch p.token.kind {
	case ':':
		p.timeOfDay(n)
	case kindMeridian:
		p.setTime(n.value, 0, token{}, p.advance().value)
	case '/':
		p.slashDate(n)
	case kindMonth:
		p.dayMonth(n)
	case kindDay:
		p.setDay(n.value, p.advance().value)
	case kindSigned:
		p.numberSigned(n)
	case kindYearUnit, kindMonthUnit, kindDayUnit, kindHourUnit, kindMinuteUnit, kindSecondUnit:
		p.unit(n, p.advance())
	default:
		p.bareNumber(n)
	}
}

// numberSigned reads 2020-01-02, 10+0200 or 20200102 +1 day.
func (p *parser) numberSigned(n token) {
	second := p.advance()
	switch {
	case p.token.kind == kindSigned:
		third := p.advance()
		p.setDate(n, -second.value, -third.value)
		if _, ok := p.accept(kindTime); ok {
			p.isoTime()
		}
	case isUnit(p.token.kind):
		p.bareNumber(n)
		p.unitWithoutAgo(second, p.advance())
	default:
		p.zoneOffset(second)
		p.setTime(n.value, 0, token{}, hours24)
	}
}

// isoTime reads the time after a date and the letter T.
func (p *parser) isoTime() {
	hour := p.expect(kindUnsigned)
	if sign, ok := p.accept(kindSigned); ok {
		p.zoneOffset(sign)
		p.setTime(hour.value, 0, token{}, hours24)
		return
	}
	if p.token.kind != ':' {
		p.fail()
		return
	}
	if minute, second := p.minutes(); !p.bad {
		p.optionalOffset()
		p.setTime(hour.value, minute, second, hours24)
	}
}

// timeOfDay reads a time of which the hour was read.
func (p *parser) timeOfDay(hour token) {
	minute, second := p.minutes()
	if p.token.kind == kindMeridian {
		p.setTime(hour.value, minute, second, p.advance().value)
		return
	}
	p.optionalOffset()
	p.setTime(hour.value, minute, second, hours24)
}

// minutes reads :MM or :MM:SS, with or without decimals.
func (p *parser) minutes() (minute int64, second token) {
	p.expect(':')
	minute = p.expect(kindUnsigned).value
	if _, ok := p.accept(':'); ok {
		if p.token.kind == kindUnsignedDecimal {
			return minute, p.advance()
		}
		return minute, p.expect(kindUnsigned)
	}
	return minute, token{}
}

func (p *parser) optionalOffset() {
	if sign, ok := p.accept(kindSigned); ok {
		p.zoneOffset(sign)
	}
}

// zoneOffset reads the rest of an offset after a time of day.
func (p *parser) zoneOffset(sign token) {
	p.items.zones++
	p.items.zone = p.offset(sign)
}

// offset reads the rest of +H, +HH, +HHMM or +HH:MM.
func (p *parser) offset(sign token) int64 {
	value, minutes := sign.value, int64(0)
	if _, ok := p.accept(':'); ok {
		mm := p.expect(kindUnsigned).value
		if sign.negative {
			mm = -mm
		}
		minutes = p.sum(p.product(value, 60), mm)
	} else {
		if sign.digits <= 2 {
			value *= 100
		}
		minutes = value/100*60 + value%100
	}
	if minutes < -24*60 || minutes > 24*60 {
		p.fail()
		return 0
	}
	return minutes * 60
}

// zone reads the rest of a zone.
func (p *parser) zone(t token) {
	if t.kind == kindLocalZone {
		p.localZone(t)
		return
	}
	p.items.zones++
	p.items.zone = t.value
	switch t.kind {
	case kindDayZone:
		p.items.zone += 3600
		return
	case kindTime:
		p.items.zone = -7 * 3600
	}
	switch p.token.kind {
	case kindDST:
		if t.kind == kindTime {
			p.fail()
			return
		}
		p.advance()
		p.items.zone += 3600
	case kindSigned:
		sign := p.advance()
		if isUnit(p.token.kind) {
			p.unitWithoutAgo(sign, p.advance())
		} else if t.kind == kindTime {
			p.fail()
		} else {
			p.items.zone += p.offset(sign)
		}
	}
}

func (p *parser) localZone(t token) {
	p.items.localZones++
	p.items.localIsDST = int(t.value)
	if _, ok := p.accept(kindDST); ok {
		p.items.dsts++
		p.items.localIsDST = 1
	}
}

// slashDate reads M/D, M/D/Y or, if the first number is long, Y/M/D.
func (p *parser) slashDate(first token) {
	p.expect('/')
	second := p.expect(kindUnsigned)
	if _, ok := p.accept('/'); !ok {
		p.setDate(p.items.year, first.value, second.value)
		return
	}
	third := p.expect(kindUnsigned)
	if first.digits >= 4 {
		p.setDate(first, second.value, third.value)
	} else {
		p.setDate(third, first.value, second.value)
	}
}

// dayMonth reads 2 Jan, 2 Jan 2020 or 2-Jan-2020.
func (p *parser) dayMonth(day token) {
	month := p.advance()
	year := p.items.year
	switch p.token.kind {
	case kindUnsigned:
		year = p.advance()
	case kindSigned:
		year = p.advance()
		year.value = -year.value
	}
	p.setDate(year, month.value, day.value)
}

// afterMonth reads Jan 2, Jan 2, 2020 or Jan-2-2020.
func (p *parser) afterMonth(month token) {
	if first, ok := p.accept(kindSigned); ok {
		year := p.expect(kindSigned)
		year.value = -year.value
		p.setDate(year, month.value, -first.value)
		return
	}
	day := p.expect(kindUnsigned)
	year := p.items.year
	if _, ok := p.accept(','); ok {
		year = p.expect(kindUnsigned)
	}
	p.setDate(year, month.value, day.value)
}

// bareNumber takes digits without any context for what they look like.
func (p *parser) bareNumber(n token) {
	i := &p.items
	switch {
	case i.dates > 0 && i.year.digits == 0 && i.rels == 0 && (i.times > 0 || n.digits > 2):
		i.year = n
	case n.digits > 4:
		p.setDate(token{value: n.value / 10000, digits: n.digits - 4}, n.value/100%100, n.value%100)
	case n.digits <= 2:
		p.setTime(n.value, 0, token{}, hours24)
	default:
		p.setTime(n.value/100, n.value%100, token{}, hours24)
	}
}

// afterCount reads the unit after a signed number or ordinal. Decimals can
// only count seconds.
func (p *parser) afterCount(n token) {
	if !isUnit(p.token.kind) || n.kind >= kindUnsignedDecimal && n.kind <= kindSignedDecimal && p.token.kind != kindSecondUnit {
		p.fail()
		return
	}
	p.unit(n, p.advance())
}

// unit takes a number of units, and the word "ago" if it follows.
func (p *parser) unit(n, unit token) {
	factor := int64(1)
	if ago, ok := p.accept(kindAgo); ok {
		factor = ago.value
	}
	p.items.rels++
	p.add(p.count(n, unit), factor)
}

// unitWithoutAgo is unit where the grammar has no place for "ago".
func (p *parser) unitWithoutAgo(n, unit token) {
	p.items.rels++
	p.add(p.count(n, unit), 1)
}

func isUnit(k kind) bool { return kindYearUnit <= k && k <= kindSecondUnit }

func (p *parser) count(n, unit token) relative {
	switch unit.kind {
	case kindYearUnit:
		return relative{year: n.value}
	case kindMonthUnit:
		return relative{month: n.value}
	case kindDayUnit:
		return relative{day: p.product(n.value, unit.value)}
	case kindHourUnit:
		return relative{hour: n.value}
	case kindMinuteUnit:
		return relative{minute: n.value}
	}
	return relative{second: n.value, nanos: n.nanos}
}

func (p *parser) setDate(year token, month, day int64) {
	p.items.dates++
	p.items.year, p.items.month, p.items.day = year, month, day
}

func (p *parser) setTime(hour, minute int64, second token, meridian int64) {
	i := &p.items
	i.times++
	i.hour, i.minute, i.seconds, i.nanos, i.meridian = hour, minute, second.value, second.nanos, meridian
}

func (p *parser) setDay(ordinal, weekday int64) {
	p.items.days++
	p.items.ordinal, p.items.weekday = ordinal, weekday
}

// add adds an offset, which is 1 or -1 times what was written.
func (p *parser) add(r relative, factor int64) {
	to := &p.items.rel
	for _, f := range []struct {
		sum   *int64
		value int64
	}{
		{&to.year, r.year}, {&to.month, r.month}, {&to.day, r.day},
		{&to.hour, r.hour}, {&to.minute, r.minute}, {&to.second, r.second}, {&to.nanos, r.nanos},
	} {
		*f.sum = p.sum(*f.sum, p.product(f.value, factor))
	}
}

// sum and product fail on overflow.
func (p *parser) sum(a, b int64) int64 {
	s, ok := addInt(a, b)
	if !ok {
		p.fail()
	}
	return s
}

func (p *parser) product(a, b int64) int64 {
	m, ok := mulInt(a, b)
	if !ok {
		p.fail()
	}
	return m
}
