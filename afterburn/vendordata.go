package afterburn

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
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
	for parts := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		p, err := parts.NextRawPart()
		// A bundle may lack its last boundary.
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return found, nil
		}
		if err != nil {
			return "", fmt.Errorf("failed to parse MIME vendor-data: %w", err)
		}
		if !isCloudConfig(p.Header) {
			continue
		}
		text, err := partText(p)
		if err != nil {
			return "", fmt.Errorf("failed to get cloud-config content: %w", err)
		}
		if strings.Contains(text, "ssh_authorized_keys") {
			found = text
		}
	}
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
	if len(contentType) < len("multipart/") || !strings.EqualFold(contentType[:len("multipart/")], "multipart/") {
		return ""
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["boundary"]
	}
	for _, param := range strings.Split(contentType, ";")[1:] {
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
func partText(p *multipart.Part) (string, error) {
	data, err := io.ReadAll(p)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	switch strings.ToLower(strings.TrimSpace(p.Header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
	case "quoted-printable":
		data, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(data)))
	default:
		err = nil
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
