package view

import (
	"html/template"
	"strconv"
	"strings"
)

// esc escapes for both HTML and XML. What it gets has gone through
// page.Visible or is our own text.
func esc(s string) string { return template.HTMLEscapeString(s) }

// plural writes "1 release", "2 releases".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes digits in groups of three.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// width estimates the width of a text in pixels: nothing measures fonts on a
// server, so it is on the safe side.
func width(s string, size float64, mono bool) float64 {
	var w float64
	for _, r := range s {
		switch {
		case r >= 0x1100:
			w += size // East Asian and symbols take a full square
		case mono:
			w += 0.61 * size
		case strings.ContainsRune("iljtfr.,:;|!'()[] ", r):
			w += 0.36 * size
		case r >= 'A' && r <= 'Z' || strings.ContainsRune("mwMW@%", r):
			w += 0.84 * size
		default:
			w += 0.62 * size
		}
	}
	return w
}

// fit shortens a text to the pixels given.
func fit(s string, pixels, size float64, mono bool) string {
	if width(s, size, mono) <= pixels {
		return s
	}
	room := pixels - width("…", size, mono)
	for i, r := range s {
		if room -= width(string(r), size, mono); room < 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// wrap breaks a text into at most lines lines of the pixels given, words that
// are too long (addresses) anywhere.
func wrap(s string, pixels, size float64, lines int) []string {
	var out []string
	line, room := "", pixels
	flush := func() {
		if line != "" {
			out = append(out, line)
		}
		line, room = "", pixels
	}
	for _, word := range strings.Fields(s) {
		need := width(" "+word, size, false)
		switch {
		case line != "" && need <= room:
			line += " " + word
			room -= need
			continue
		case need > pixels && line != "":
			line += " "
			room -= width(" ", size, false)
		default:
			flush()
		}
		for _, r := range word {
			w := width(string(r), size, false)
			if w > room {
				flush()
			}
			line += string(r)
			room -= w
		}
		if len(out) > lines { // enough to know that the rest does not fit
			break
		}
	}
	flush()
	if len(out) > lines {
		out = out[:lines]
		out[lines-1] = fit(out[lines-1]+" …", pixels, size, false)
	}
	return out
}
