package pagetest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
)

// Elements reads a document to its end as XML, which it must be, and counts
// its elements by name.
func Elements(tb testing.TB, document []byte) map[string]int {
	tb.Helper()
	count := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return count
		}
		if err != nil {
			tb.Fatalf("%v in %.300q", err, document)
		}
		if s, ok := token.(xml.StartElement); ok {
			count[s.Name.Local]++
		}
	}
}
