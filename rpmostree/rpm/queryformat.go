package rpm

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

// What queries print in place of values that they lack or cannot show.
const (
	noValue   = "(none)"
	noNumber  = "(not a number)"
	noString  = "(not a string)"
	noBlob    = "(not a blob)"
	notOpenPG = "(not an OpenPGP signature)"
)

// queryFormat is a way to print an element of a value.
type queryFormat struct {
	name  string
	print func(v *value, i int, zone *time.Location) string
}

// queryFormats are the formats that are known. Their order is of no meaning.
var queryFormats = [...]queryFormat{
	{"string", func(v *value, i int, _ *time.Location) string { return v.text(i) }},
	{"arraysize", func(v *value, _ int, _ *time.Location) string { return strconv.Itoa(v.count()) }},
	{"armor", blobFormat(armorSignature)},
	{"base64", blobFormat(func(b []byte) string { return base64Lines(b) })},
	{"date", timeFormat("Mon Jan _2 15:04:05 2006")},
	{"day", timeFormat("Mon Jan 02 2006")},
	{"depflags", numberFormat(func(n uint64) string { return depOperator(evr.Flags(n)) })},
	{"deptype", numberFormat(func(n uint64) string { return depType(evr.Flags(n)) })},
	{"fflags", numberFormat(func(n uint64) string { return FileFlags(n).letters() })},
	{"fstate", numberFormat(fileStateName)},
	{"fstatus", numberFormat(func(n uint64) string { return verifyString(VerifyFlags(n), ".") })},
	{"hex", numberFormat(func(n uint64) string { return strconv.FormatUint(n, 16) })},
	{"octal", numberFormat(func(n uint64) string { return strconv.FormatUint(n, 8) })},
	{"perms", numberFormat(permissions)},
	{"permissions", numberFormat(permissions)},
	{"pgpsig", func(v *value, _ int, zone *time.Location) string { return v.signature(zone) }},
	{"shescape", func(v *value, i int, _ *time.Location) string { return v.shellQuoted(i) }},
	{"tagname", func(v *value, _ int, _ *time.Location) string { return v.tag.Name() }},
	{"tagnum", func(v *value, _ int, _ *time.Location) string { return strconv.Itoa(int(v.tag)) }},
	{"triggertype", numberFormat(func(n uint64) string { return triggerType(evr.Flags(n)) })},
	{"vflags", numberFormat(func(n uint64) string { return verifyString(VerifyFlags(n), "") })},
	{xmlFormat, func(v *value, i int, _ *time.Location) string { return v.xml(i) }},
}

const xmlFormat = "xml"

func queryFormatByName(name string) *queryFormat {
	for i := range queryFormats {
		if queryFormats[i].name == name {
			return &queryFormats[i]
		}
	}
	return nil
}

func numberFormat(f func(uint64) string) func(*value, int, *time.Location) string {
	return func(v *value, i int, _ *time.Location) string {
		if v.numbers == nil {
			return noNumber
		}
		return f(v.numbers[i])
	}
}

func timeFormat(layout string) func(*value, int, *time.Location) string {
	return func(v *value, i int, zone *time.Location) string {
		if v.numbers == nil {
			return noNumber
		}
		return time.Unix(int64(uint32(v.numbers[i])), 0).In(zone).Format(layout)
	}
}

func blobFormat(f func([]byte) string) func(*value, int, *time.Location) string {
	return func(v *value, _ int, _ *time.Location) string {
		if v.binary == nil {
			return noBlob
		}
		return f(v.binary)
	}
}

// text is an element in plain form: binary data in hex.
func (v *value) text(i int) string {
	switch {
	case v.binary != nil:
		return hex.EncodeToString(v.binary)
	case v.strings != nil:
		return v.strings[i]
	}
	return strconv.FormatUint(v.numbers[i], 10)
}

func (v *value) shellQuoted(i int) string {
	if v.strings == nil {
		return v.text(i)
	}
	return "'" + strings.ReplaceAll(v.strings[i], "'", `'\''`) + "'"
}

func (v *value) xml(i int) string {
	kind, content := "string", v.text(i)
	switch {
	case v.binary != nil:
		kind, content = "base64", base64Lines(v.binary)
	case v.numbers != nil:
		kind = "integer"
	}
	if content == "" {
		return "\t<" + kind + "/>"
	}
	return "\t<" + kind + ">" + xmlEscapes.Replace(content) + "</" + kind + ">"
}

func (v *value) signature(zone *time.Location) string {
	if v.binary == nil {
		return noBlob
	}
	s, err := pgp.ParseSignature(v.binary)
	if err != nil {
		return notOpenPG
	}
	return fmt.Sprintf("%s/%s, %s, Key ID %s", s.PubkeyAlgo, s.HashAlgo, s.Created.In(zone).Format("Mon Jan _2 15:04:05 2006"), s.KeyID)
}

// armorSignature encodes a signature as text, with the checksum of OpenPGP.
func armorSignature(b []byte) string {
	crc := uint32(0xb704ce)
	for _, c := range b {
		crc ^= uint32(c) << 16
		for range 8 {
			crc <<= 1
			if crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	sum := base64.StdEncoding.EncodeToString([]byte{byte(crc >> 16), byte(crc >> 8), byte(crc)})
	return "-----BEGIN PGP SIGNATURE-----\nVersion: rpm-4.18.0\n\n" + base64Lines(b) + "=" + sum + "\n-----END PGP SIGNATURE-----\n"
}

func depOperator(f evr.Flags) string {
	var b strings.Builder
	for _, o := range [...]struct {
		flag evr.Flags
		sign byte
	}{{evr.Less, '<'}, {evr.Greater, '>'}, {evr.Equal, '='}} {
		if f&o.flag != 0 {
			b.WriteByte(o.sign)
		}
	}
	return b.String()
}

// depType names the contexts of a dependency, "manual" if there is none. The last two are of rpm 6.
func depType(f evr.Flags) string {
	var words []string
	for _, c := range [...]struct {
		flag evr.Flags
		name string
	}{
		{evr.ScriptPre, "pre"}, {evr.ScriptPost, "post"}, {evr.ScriptPreUn, "preun"}, {evr.ScriptPostUn, "postun"},
		{evr.ScriptVerify, "verify"}, {evr.Interp, "interp"}, {evr.RPMLib, "rpmlib"},
		{evr.FindRequires | evr.FindProvides, "auto"}, {evr.PreReq, "prereq"}, {evr.PreTrans, "pretrans"},
		{evr.PostTrans, "posttrans"}, {evr.Config, "config"}, {evr.MissingOK, "missingok"}, {evr.Meta, "meta"}, {evr.PreUnTrans, "preuntrans"}, {evr.PostUnTrans, "postuntrans"},
	} {
		if f&c.flag != 0 {
			words = append(words, c.name)
		}
	}
	if len(words) == 0 {
		return "manual"
	}
	return strings.Join(words, ",")
}

// letters are those of all attributes.
func (f FileFlags) letters() string {
	var b strings.Builder
	for _, l := range fileLetters {
		if f&l.flag != 0 {
			b.WriteByte(l.letter)
		}
	}
	return b.String()
}

func fileStateName(n uint64) string {
	names := [...]string{"normal", "replaced", "not installed", "net shared", "wrong color"}
	if n < uint64(len(names)) {
		return names[n]
	}
	return fmt.Sprintf("(unknown %3d)", int32(n))
}

// The bits of properties that could not be read, in numbers that hold the result of a verification.
const (
	verifyReadLinkFail VerifyFlags = 1 << 28
	verifyReadFail     VerifyFlags = 1 << 29
)

// verifyString shows flags as rpm -V shows what differs.
func verifyString(f VerifyFlags, none string) string {
	var b strings.Builder
	for _, l := range verifyLetters {
		switch {
		case l.flag == VerifyDigest && f&verifyReadFail != 0, l.flag == VerifyLinkTo && f&verifyReadLinkFail != 0:
			b.WriteByte('?')
		case f&l.flag != 0:
			b.WriteByte(l.letter)
		default:
			b.WriteString(none)
		}
	}
	return b.String()
}

// permissions shows a mode as ls does.
func permissions(n uint64) string {
	mode := uint32(n)
	b := []byte("?rwxrwxrwx")
	kinds := map[uint32]byte{ModeRegular: '-', ModeDir: 'd', ModeSymlink: 'l', ModeFIFO: 'p', ModeSocket: 's', ModeCharDev: 'c', ModeBlockDev: 'b'}
	if k, ok := kinds[mode&ModeType]; ok {
		b[0] = k
	}
	for i := range 9 {
		if mode&(1<<(8-i)) == 0 {
			b[1+i] = '-'
		}
	}
	special := func(bit uint32, at int, with, without byte) {
		if mode&bit != 0 {
			if b[at] == '-' {
				b[at] = without
			} else {
				b[at] = with
			}
		}
	}
	special(0o4000, 3, 's', 'S')
	special(0o2000, 6, 's', 'S')
	special(0o1000, 9, 't', 'T')
	return string(b)
}

// Write writes what the format makes of a header. Times are shown in the given zone, nil is UTC.
func (q *QueryFormat) Write(w io.Writer, h *Header, zone *time.Location) error {
	if zone == nil {
		zone = time.UTC
	}
	r := &queryRunner{h: h, zone: zone, values: make(map[Tag]*value)}
	if err := r.run(q.tokens, 0); err != nil {
		return err
	}
	_, err := io.WriteString(w, r.out.String())
	return err
}

// Query is ParseQueryFormat and QueryFormat.Write in UTC, for a single header.
func (h *Header) Query(format string) (string, error) {
	q, err := ParseQueryFormat(format)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = q.Write(&b, h, nil)
	return b.String(), err
}

// queryRunner prints a header.
type queryRunner struct {
	h      *Header
	zone   *time.Location
	out    strings.Builder
	values map[Tag]*value
}

func (r *queryRunner) value(t Tag) *value {
	v, ok := r.values[t]
	if !ok {
		v = r.h.value(t)
		r.values[t] = v
	}
	return v
}

// run prints tokens with the i-th elements of their tags.
func (r *queryRunner) run(tokens []queryToken, i int) error {
	for n := range tokens {
		t := &tokens[n]
		var err error
		switch t.kind {
		case queryText:
			r.out.WriteString(t.text)
		case queryTag:
			if t.all {
				return formatError("%%{*} outside of an array is not supported")
			}
			r.tag(t, i)
		case queryArray:
			err = r.array(t)
		case queryCondition:
			branch := t.other
			if t.all || r.value(t.tag) != nil {
				branch = t.inner
			}
			err = r.run(branch, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *queryRunner) tag(t *queryToken, i int) {
	text := noValue
	if v := r.value(t.tag); v != nil {
		if t.once || i >= v.count() {
			i = 0
		}
		text = t.format.print(v, i, r.zone)
	}
	if pad := t.width - len(text); pad > 0 {
		if t.left {
			text += strings.Repeat(" ", pad)
		} else {
			text = strings.Repeat(" ", pad) + text
		}
	}
	r.out.WriteString(text)
}

// array repeats tokens for the elements of the tags directly in it.
func (r *queryRunner) array(t *queryToken) error {
	if len(t.inner) > 0 && t.inner[0].all {
		return r.wholeHeader(t)
	}
	count := -1
	for i := range t.inner {
		token := &t.inner[i]
		if token.kind != queryTag || token.once {
			continue
		}
		v := r.value(token.tag)
		if v == nil {
			continue
		}
		if n := v.count(); count > 1 && n != count || count == 1 && n > 1 && i > 0 {
			return formatError("array iterator used with different sized arrays")
		} else {
			count = max(count, n)
		}
	}
	isXML := count > 0 && len(t.inner) > 0 && t.inner[0].kind == queryTag && t.inner[0].format.name == xmlFormat
	if isXML {
		fmt.Fprintf(&r.out, "  <rpmTag name=\"%s\">\n", t.inner[0].tag.Name())
	}
	for i := range count {
		if err := r.run(t.inner, i); err != nil {
			return err
		}
	}
	if isXML {
		r.out.WriteString("  </rpmTag>\n")
	}
	return nil
}

// wholeHeader prints all tags of the header, each like an array of its own.
func (r *queryRunner) wholeHeader(t *queryToken) error {
	isXML := t.inner[0].format.name == xmlFormat
	if isXML {
		r.out.WriteString("<rpmHeader>\n")
	}
	for info := range r.h.Tags() {
		inner := append([]queryToken{t.inner[0]}, t.inner[1:]...)
		inner[0].all, inner[0].tag = false, info.Tag
		v := r.h.raw(info.Tag)
		r.values[info.Tag] = v
		if err := r.array(&queryToken{kind: queryArray, inner: inner}); err != nil {
			return err
		}
		delete(r.values, info.Tag)
	}
	if isXML {
		r.out.WriteString("</rpmHeader>\n")
	}
	return nil
}
