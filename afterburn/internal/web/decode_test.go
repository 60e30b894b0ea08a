package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/afterburn/internal/web"
)

// TestDecodeJSONTypes: errors are in words that do not depend on the language of the program.
func TestDecodeJSONTypes(t *testing.T) {
	type document struct {
		Text  string                `json:"text"`
		Flag  bool                  `json:"flag"`
		Small uint8                 `json:"small"`
		Int   int                   `json:"int"`
		Float float64               `json:"float"`
		List  []struct{ A *string } `json:"list"`
		Map   map[string]string     `json:"map"`
	}
	for data, want := range map[string]string{
		`[]`:                           "invalid type: sequence, expected a map at byte 1",
		`"x"`:                          "invalid type: string, expected a map at byte 3",
		`{"text":{}}`:                  "invalid type: map, expected a string at byte 9 (field text)",
		`{"flag":"true"}`:              "invalid type: string, expected a boolean at byte 14 (field flag)",
		`{"small":300}`:                "invalid type: number 300, expected an unsigned integer at byte 12 (field small)",
		`{"int":1.5}`:                  "invalid type: number 1.5, expected an integer at byte 10 (field int)",
		`{"float":true}`:               "invalid type: boolean, expected a number at byte 13 (field float)",
		`{"list":{}}`:                  "invalid type: map, expected a sequence at byte 9 (field list)",
		`{"list":[{"a":"x"},{"a":5}]}`: "invalid type: number, expected a string at byte 25 (field list.A)",
		`{"map":{"\u001b":1}}`:         "invalid type: number, expected a string at byte 18 (field map)",
		`{"int":` + strings.Repeat("9", 500) + `}`: "invalid type: number " + strings.Repeat("9", 53) + ", expected an integer at byte 507 (field int)",
	} {
		var d document
		require.EqualError(t, web.DecodeJSON([]byte(data), &d), want, data)
	}
}

// TestXMLErrors: what is no document is told in words.
func TestXMLErrors(t *testing.T) {
	const head = "failed to deserialize data: failed xml deserialization: "
	for document, want := range map[string]string{
		"<!-- x -->": "the document has no element",
		"hello":      "the document has no element",
		"<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>":                           `encoding "utf-16": not supported`,
		"<?xml version=\"1.0\" encoding=\"" + strings.Repeat("x", 100) + "\"?><a/>": `encoding "` + strings.Repeat("x", 40) + `": not supported`,
		"<a/><?xml version=\"1.0\" encoding=\"latin1\"?>":                           `encoding "latin1": not supported`,
		"<a>": "XML syntax error on line 1: unexpected EOF",
	} {
		_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, document) })
		var v struct{}
		_, err := c.XML(t.Context(), web.Doc{URL: base + "/x"}, &v)
		require.EqualError(t, err, head+want, document)
	}
}
