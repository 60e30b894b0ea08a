package rpm

import (
	"bufio"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
)

// xmlEscapes are those of rpm, which leaves quotes alone.
var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// WriteXML writes all tags of a header as rpm -q --xml does, and one that is there twice two times. For what rpm -qp --xml prints of a package file, give it
// [Package.QueryHeader]. Translated texts are written in all languages. Bytes that are no valid UTF-8 stay as they are,
// which real rpm does too.
func WriteXML(w io.Writer, h *Header) error {
	b := bufio.NewWriterSize(w, 32<<10)
	b.WriteString("<rpmHeader>\n")
	entries := h.all
	if entries == nil {
		entries = h.entries
	}
	for _, e := range entries {
		b.WriteString("  <rpmTag name=\"" + e.tag.Name() + "\">\n")
		shown, _ := h.find(e.tag)
		h.writeXMLValues(b, shown)
		b.WriteString("  </rpmTag>\n")
	}
	b.WriteString("</rpmHeader>\n")
	return b.Flush()
}

func (h *Header) writeXMLValues(b *bufio.Writer, e entry) {
	switch e.typ.class() {
	case classString:
		for _, s := range h.Strings(e.tag) {
			writeXMLElement(b, "string", s)
		}
	case classNumber:
		data := h.bytesOf(e)
		var buf [20]byte
		for i := range int(e.count) {
			b.WriteString("\t<integer>")
			b.Write(strconv.AppendUint(buf[:0], number(e.typ, data, i), 10))
			b.WriteString("</integer>\n")
		}
	case classBinary:
		writeXMLElement(b, "base64", base64Lines(h.bytesOf(e)))
	}
}

func writeXMLElement(b *bufio.Writer, name, value string) {
	if value == "" {
		b.WriteString("\t<" + name + "/>\n")
		return
	}
	b.WriteString("\t<" + name + ">")
	xmlEscapes.WriteString(b, value)
	b.WriteString("</" + name + ">\n")
}

// base64Lines encodes in lines of 64 characters, each with its end.
func base64Lines(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 0 {
		n := min(64, len(text))
		b.WriteString(text[:n])
		b.WriteByte('\n')
		text = text[n:]
	}
	return b.String()
}
