package cli

import (
	"fmt"
	"strings"
	"unicode"
)

// Help returns the help text in GOption's layout.
func (p *Parser) Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s [OPTION…]", p.Program)
	if p.Params != "" {
		b.WriteString(" " + p.Params)
	}
	b.WriteString("\n\n")
	if p.Summary != "" {
		b.WriteString(p.Summary + "\n\n")
	}
	column := p.helpColumn()
	b.WriteString("Help Options:\n")
	short := "h"
	if p.hasH() {
		short = "?"
	}
	helpLine(&b, column, "  -"+short+", --help", "Show help options")
	b.WriteString("\n")
	if visible := p.visible(); len(visible) > 0 {
		b.WriteString("Application Options:\n")
		for _, o := range visible {
			helpLine(&b, column, o.spelling(), o.Help)
		}
		b.WriteString("\n")
	}
	if p.Description != "" {
		b.WriteString(p.Description + "\n")
	}
	return b.String()
}

func (p *Parser) visible() []*Option {
	var list []*Option
	for i := range p.Options {
		if !p.Options[i].Hidden {
			list = append(list, &p.Options[i])
		}
	}
	return list
}

// helpColumn is where the descriptions begin: five columns after the longest
// spelling, where that of --help counts as two columns more than it has.
func (p *Parser) helpColumn() int {
	longest := textWidth("  -h, --help") + 2
	for _, o := range p.visible() {
		longest = max(longest, textWidth(o.spelling()))
	}
	return longest + 5
}

func (o *Option) spelling() string {
	s := "  "
	if o.Short != 0 {
		s += "-" + string(rune(o.Short)) + ", "
	}
	s += "--" + o.Long
	if o.Arg != "" {
		s += "=" + o.Arg
	}
	return s
}

func helpLine(b *strings.Builder, column int, left, right string) {
	b.WriteString(left)
	b.WriteString(strings.Repeat(" ", column-textWidth(left)))
	b.WriteString(right + "\n")
}

// textWidth returns the number of terminal columns of s.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// wide are the ranges that terminals draw two columns wide, coarsely.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xa960, Hi: 0xa97c, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff01, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
