package main

import (
	"bufio"
	"encoding/json"
	"io"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/gvariant"
)

// jsonOption is --json, which every command that lists something has.
func jsonOption(p *bool) cli.Option {
	return cli.Option{Long: "json", Help: "Print JSON", Value: cli.Bool(p)}
}

// printJSON prints one value, indented.
func (c *command) printJSON(v any) error {
	e := newEncoder(c.env.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func newEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// jsonArray prints an array as its elements come, one per line.
type jsonArray struct {
	w     *bufio.Writer
	count int
}

func newJSONArray(w io.Writer) *jsonArray { return &jsonArray{w: bufio.NewWriterSize(w, 64<<10)} }

func (a *jsonArray) add(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	a.open()
	a.w.Write(b)
	a.count++
	return nil
}

func (a *jsonArray) open() {
	if a.count == 0 {
		a.w.WriteString("[\n")
	} else {
		a.w.WriteString(",\n")
	}
}

// close ends the array; an empty one is "[]".
func (a *jsonArray) close() error {
	if a.count == 0 {
		a.w.WriteString("[]\n")
	} else {
		a.w.WriteString("\n]\n")
	}
	return a.w.Flush()
}

// jsonSlice prints a whole slice as a JSON array.
func jsonSlice[T any](c *command, list []T) error {
	a := newJSONArray(c.env.Stdout)
	for _, v := range list {
		if err := a.add(v); err != nil {
			return err
		}
	}
	return a.close()
}

// variantTexts returns the entries of an a{sv} as GVariant texts by key.
func variantTexts(dict gvariant.Value) map[string]string {
	out := map[string]string{}
	for e := range dict.Children() {
		out[e.Child(0).Str()] = e.Child(1).Variant().Text(true)
	}
	return out
}
