package osmet

import (
	"bytes"
	"encoding/json"
)

// EncodeExtents returns the JSON document {"extents": […]} that "dev show fiemap" prints, with a newline at its end.
func EncodeExtents(extents []Extent) []byte {
	if extents == nil {
		extents = []Extent{}
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetIndent("", "  ")
	// Numbers and names can always be encoded.
	_ = e.Encode(struct {
		Extents []Extent `json:"extents"`
	}{extents})
	return buf.Bytes()
}
