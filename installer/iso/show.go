package iso

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/nestos-dev/nestos/internal/iso9660"
)

// Show returns the volume descriptors and the paths of all files as an indented JSON
// document with a newline.
func (i *Image) Show() ([]byte, error) { return showFS(i.fsys) }

// ShowInitrdArea returns the place of the area for an initrd as such a document.
func (i *Image) ShowInitrdArea() ([]byte, error) {
	area, err := i.InitrdArea()
	if err != nil {
		return nil, err
	}
	return document(area)
}

// ShowKargAreas returns the areas for kernel arguments as such a document, which is "null"
// if there are none.
func (i *Image) ShowKargAreas() ([]byte, error) {
	a, err := i.load()
	if err != nil {
		return nil, err
	}
	if a.kargs == nil {
		return document(nil)
	}
	if a.kargs.err != nil {
		return nil, a.kargs.err
	}
	type shownArea struct {
		Area
		Pad *string `json:"pad,omitempty"`
		End *string `json:"end,omitempty"`
	}
	list := make([]shownArea, 0, len(a.kargs.list))
	for _, area := range a.kargs.list {
		list = append(list, shownArea{area.Area, text(area.Pad), text(area.End)})
	}
	return document(struct {
		Length  int         `json:"length"`
		Default string      `json:"default"`
		Kargs   []shownArea `json:"kargs"`
	}{a.kargs.size, a.kargs.def, list})
}

func text(b *byte) *string {
	if b == nil {
		return nil
	}
	s := string(rune(*b))
	return &s
}

func document(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

func showFS(fsys *iso9660.FS) ([]byte, error) {
	records := []string{}
	for entry, err := range fsys.Walk() {
		if err != nil {
			return nil, fmt.Errorf("while walking ISO filesystem: %w", err)
		}
		records = append(records, entry.Path)
	}
	type header struct {
		Descriptors []any `json:"descriptors"`
	}
	var h header
	for _, d := range fsys.Descriptors() {
		h.Descriptors = append(h.Descriptors, shownDescriptor(d))
	}
	return document(struct {
		Header  header   `json:"header"`
		Records []string `json:"records"`
	}{h, records})
}

func shownDescriptor(d iso9660.Descriptor) any {
	switch d.Type {
	case 0:
		return struct {
			Type         string `json:"type"`
			BootSystemID string `json:"boot_system_id"`
			BootID       string `json:"boot_id"`
		}{"boot", d.BootSystemID, d.BootID}
	case 1:
		type root struct {
			Name    string `json:"name"`
			Address uint32 `json:"address"`
			Length  uint32 `json:"length"`
		}
		return struct {
			Type     string `json:"type"`
			SystemID string `json:"system_id"`
			VolumeID string `json:"volume_id"`
			Sectors  uint32 `json:"volume_space_size"`
			Root     root   `json:"root"`
		}{"primary", d.SystemID, d.VolumeID, d.Sectors, root{d.Root.Name, d.Root.Sector, d.Root.Size}}
	case 2:
		return struct {
			Type string `json:"type"`
		}{"supplementary"}
	}
	return struct {
		Type   string `json:"type"`
		TypeID uint8  `json:"type_id"`
	}{"unknown", d.Type}
}
