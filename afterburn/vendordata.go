package afterburn

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"
)

// keysPart returns the part of a MIME bundle that lists keys: the last one that says to be cloud-config and has the
// word in it. It is empty if there is none, also where the text is no bundle at all. What such a part holds must be
// readable; Afterburn 5.10 takes one that is not for a part without keys, and so removes those of the machine.
func keysPart(data []byte) (string, error) {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	boundary, body := splitBundle(data)
	if boundary == "" {
		return "", nil
	}
	found := ""
	reader := bufio.NewReader(nil)
	for _, part := range bundleParts(body, boundary) {
		head, content, ok := bytes.Cut(part, []byte("\n\n"))
		switch {
		case bytes.HasPrefix(part, []byte("\n")): // no header
			continue
		case !ok:
			return "", errors.New("failed to parse MIME vendor-data: a header without end")
		}
		reader.Reset(bytes.NewReader(head))
		header, err := textproto.NewReader(reader).ReadMIMEHeader()
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("failed to parse MIME vendor-data: %w", err)
		}
		if !isCloudConfig(header) {
			continue
		}
		// The end of line before a boundary is part of that.
		text, err := partText(header, bytes.TrimSuffix(content, []byte("\n")))
		if err != nil {
			return "", fmt.Errorf("failed to get cloud-config content: %w", err)
		}
		if strings.Contains(text, "ssh_authorized_keys") {
			found = text
		}
	}
	return found, nil
}

// bundleParts returns the parts between lines of the boundary. What follows the closing line does not count. The last
// part may lack such a line.
func bundleParts(body []byte, boundary string) [][]byte {
	delimiter := []byte("--" + boundary)
	var parts [][]byte
	start := -1 // of the present part
	add := func(end int) {
		if start >= 0 && start < end {
			parts = append(parts, body[start:end])
		}
	}
	for pos := 0; pos < len(body); {
		line, begin := body[pos:], pos
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		pos += len(line)
		rest, ok := bytes.CutPrefix(line, delimiter)
		rest, closing := bytes.CutPrefix(rest, []byte("--"))
		if !ok || len(bytes.Trim(rest, " \t\n")) > 0 || closing && start < 0 {
			continue
		}
		add(begin)
		if closing {
			return parts
		}
		start = pos
	}
	add(len(body))
	return parts
}

// typeLimit is the length in bytes up to which a media type is read.
const typeLimit = 4096

// splitBundle returns the boundary between the parts, and the text behind the header. Lines of the header that are
// none are skipped.
func splitBundle(data []byte) (boundary string, body []byte) {
	contentType, inType := "", false
	for len(data) > 0 {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		switch {
		case len(line) == 0:
			return boundaryOf(contentType), data
		case line[0] == ' ' || line[0] == '\t':
			if inType && len(contentType)+len(line) < typeLimit {
				contentType += " " + string(bytes.TrimSpace(line))
			}
			continue
		}
		name, value, _ := strings.Cut(string(line), ":")
		inType = contentType == "" && len(value) < typeLimit && strings.EqualFold(strings.TrimSpace(name), "Content-Type")
		if inType {
			contentType = strings.TrimSpace(value)
		}
	}
	return "", nil
}

// boundaryOf returns the boundary of a multipart media type, of whatever kind. The boundary may be without the quotes
// that its characters demand.
func boundaryOf(contentType string) string {
	quoted := false
	params := strings.FieldsFunc(contentType, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ';' && !quoted
	})
	if len(params) == 0 || !strings.HasPrefix(strings.ToLower(params[0]), "multipart/") {
		return ""
	}
	for _, param := range params[1:] {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "boundary") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// isCloudConfig reports whether a header of a part, of any name, is the media type of cloud-config and nothing more.
func isCloudConfig(h textproto.MIMEHeader) bool {
	for _, values := range h {
		if slices.Contains(values, "text/cloud-config") {
			return true
		}
	}
	return false
}

// partText returns what a part holds. Bytes that are not UTF-8 are Latin-1.
func partText(h textproto.MIMEHeader, data []byte) (text string, err error) {
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
	case "quoted-printable":
		data, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(data)))
	}
	if err != nil {
		return "", err
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	latin := make([]rune, len(data))
	for i, b := range data {
		latin[i] = rune(b)
	}
	return string(latin), nil
}
