package clap

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// help returns the help text, long for --help and short for -h.
func (n *node) help(long bool, width int) string {
	hasLong := n.hasLongHelp()
	h := &helpWriter{node: n, long: long && hasLong, hasLong: hasLong, width: width}
	about := n.About
	if h.long && n.LongAbout != "" {
		about = n.LongAbout
	}
	if about != "" {
		h.b.WriteString(wrap(about, width) + "\n\n")
	}
	h.b.WriteString("Usage: " + n.usage(nil))
	h.sections()
	return h.b.String() + "\n"
}

func (n *node) hasLongHelp() bool {
	return n.LongAbout != "" || slices.ContainsFunc(n.args, func(a *Arg) bool { return a.LongHelp != "" })
}

type helpWriter struct {
	*node
	b       strings.Builder
	long    bool
	hasLong bool
	width   int
}

func (h *helpWriter) sections() {
	var commands []row
	for _, c := range h.Commands {
		if !c.Hidden {
			commands = append(commands, row{name: c.Name, help: c.About})
		}
	}
	h.section("Commands", commands, 0)

	var headings []string
	rows := map[string][]row{}
	for _, a := range h.args {
		if a.Hidden {
			continue
		}
		heading := a.Heading
		switch {
		case a.positional():
			heading = "Arguments"
		case heading == "":
			heading = "Options"
		default:
			if !slices.Contains(headings, heading) {
				headings = append(headings, heading)
			}
		}
		rows[heading] = append(rows[heading], h.row(a))
	}
	h.section("Arguments", rows["Arguments"], 0)
	for _, heading := range append([]string{"Options"}, headings...) {
		h.section(heading, rows[heading], shortWidth)
	}
}

// shortWidth is what "-x, " takes before the long name.
const shortWidth = 4

// row is a line of a section.
type row struct {
	short, name string
	help, specs string
	option      bool
}

func (h *helpWriter) row(a *Arg) row {
	r := row{name: a.String(), help: a.Help, option: !a.positional()}
	switch {
	case a.Short != 0 && a.Long != "":
		r.short = "-" + string(a.Short) + ", "
	case a.Long != "":
		r.short = strings.Repeat(" ", shortWidth)
	}
	if a.builtin == "help" && h.hasLong {
		r.help = "Print help (see more with '--help')"
		if h.long {
			r.help = "Print help (see a summary with '-h')"
		}
	}
	if h.long && a.LongHelp != "" {
		r.help += "\n\n" + a.LongHelp
	}
	if a.Default != "" && !a.HideDefault {
		r.specs = "[default: " + a.Default + "]"
	}
	if len(a.Possible) > 0 {
		if r.specs != "" {
			r.specs += " "
		}
		r.specs += "[possible values: " + strings.Join(a.Possible, ", ") + "]"
	}
	return r
}

// section writes a title and its rows: in two columns, or with each text below its name if that is the long
// help or a text would not fit beside a wide first column.
func (h *helpWriter) section(title string, rows []row, short int) {
	if len(rows) == 0 {
		return
	}
	longest := 2
	for _, r := range rows {
		longest = max(longest, utf8.RuneCountInString(r.name))
	}
	arguments := title != "Commands"
	below := arguments && h.long
	for _, r := range rows {
		below = below || h.tooWide(longest, r)
	}
	h.b.WriteString("\n\n" + title + ":")
	for i, r := range rows {
		if i > 0 && below && h.long && arguments {
			h.b.WriteString("\n")
		}
		h.line(r, 2+short+longest+2, below)
	}
}

// tooWide tells whether the text of a row belongs below its name: when the first column takes more than two
// fifths of the width and the text does not fit into the rest.
func (h *helpWriter) tooWide(longest int, r row) bool {
	taken := longest + 12
	size := utf8.RuneCountInString(r.help) + utf8.RuneCountInString(r.specs)
	return h.width >= taken && float32(taken)/float32(h.width) > 0.40 && size > h.width-taken
}

const belowIndent = 10

func (h *helpWriter) line(r row, column int, below bool) {
	left := "  " + r.short + r.name
	help := r.help
	if r.specs != "" {
		separator := " "
		switch {
		case help == "":
			separator = ""
		case h.long:
			separator = "\n\n"
		}
		help += separator + r.specs
	}
	if help == "" {
		h.b.WriteString("\n" + left)
		return
	}
	if below {
		column = belowIndent
		left += "\n" + strings.Repeat(" ", column)
	} else {
		left += strings.Repeat(" ", max(column-utf8.RuneCountInString(left), 0))
	}
	help = wrap(help, max(h.width-column, 0))
	h.b.WriteString("\n" + left + strings.ReplaceAll(help, "\n", "\n"+strings.Repeat(" ", column)))
}

// wrap breaks lines at blanks so that they have at most width columns, if the words allow it. Blanks inside
// a line stay as they are.
func wrap(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = wrapLine(line, width)
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, width int) string {
	var b strings.Builder
	column, gap := 0, ""
	for i, word := range words(line) {
		bare := strings.TrimRight(word, " ")
		size := utf8.RuneCountInString(bare)
		if i > 0 && column+size > width {
			b.WriteString("\n")
			column, gap = 0, ""
		}
		b.WriteString(gap + bare)
		gap = word[len(bare):]
		column += size + len(gap)
	}
	return b.String()
}

// words splits a line behind its runs of blanks.
func words(line string) []string {
	var list []string
	for line != "" {
		end := strings.IndexByte(line, ' ')
		if end < 0 {
			return append(list, line)
		}
		for end < len(line) && line[end] == ' ' {
			end++
		}
		list = append(list, line[:end])
		line = line[end:]
	}
	return list
}
