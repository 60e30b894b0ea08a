package customize

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	ignition "github.com/nestos-dev/nestos/ignition/config"
	"github.com/nestos-dev/nestos/ignition/config/report"
	v3_0 "github.com/nestos-dev/nestos/ignition/config/v3_0/types"
	v3_1 "github.com/nestos-dev/nestos/ignition/config/v3_1/types"
	v3_2 "github.com/nestos-dev/nestos/ignition/config/v3_2/types"
	v3_3 "github.com/nestos-dev/nestos/ignition/config/v3_3/types"
	v3_4 "github.com/nestos-dev/nestos/ignition/config/v3_4/types"
	v3_5 "github.com/nestos-dev/nestos/ignition/config/v3_5/types"
	v3_6 "github.com/nestos-dev/nestos/ignition/config/v3_6/types"
)

// liveVersion is the version of the configs made here. Live images since 2021 know it.
const liveVersion = "3.3.0"

// newConfig returns an empty config of the type for a version, or nil.
func newConfig(version string) any {
	switch version {
	case "3.0.0":
		return &v3_0.Config{}
	case "3.1.0":
		return &v3_1.Config{}
	case "3.2.0":
		return &v3_2.Config{}
	case "3.3.0":
		return &v3_3.Config{}
	case "3.4.0":
		return &v3_4.Config{}
	case "3.5.0":
		return &v3_5.Config{}
	case "3.6.0":
		return &v3_6.Config{}
	}
	return nil
}

// parseIgnition checks a fragment and returns it without what its version does not know. Only
// what makes it unreadable is an error; the rest is told.
func (b *builder) parseIgnition(f *File) ([]byte, error) {
	text, err := reencode(f.Data)
	if err != nil {
		return nil, fmt.Errorf("parsing Ignition config %s: %w", f.Path, err)
	}
	doc, _ := ignition.ParseDocument(f.Data)
	entries := slices.Clone(doc.Report.Entries)
	slices.SortStableFunc(entries, func(a, b report.Entry) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Message, "unused key "):
			b.note(fmt.Sprintf("Warning parsing %s: unused key: %s", f.Path, e.Path))
		case e.Kind == report.Error:
			b.note(fmt.Sprintf("Warning parsing %s: Ignition will not accept %s: %s", f.Path, e.Path, e.Message))
		}
	}
	return text, nil
}

// reencode reads a config into the type of its version and writes it on one line. The error is
// of what does not fit.
func reencode(data []byte) ([]byte, error) {
	var head struct {
		Ignition struct {
			Version *string `json:"version"`
		} `json:"ignition"`
	}
	err := json.Unmarshal(data, &head)
	if err == nil {
		err = checkText(data, head)
	}
	if err != nil {
		return nil, fmt.Errorf("serialization error: %w", err)
	}
	if head.Ignition.Version == nil {
		return nil, fmt.Errorf("serialization error: missing field `version`")
	}
	cfg := newConfig(*head.Ignition.Version)
	if cfg == nil {
		return nil, fmt.Errorf("unsupported config version: %s", *head.Ignition.Version)
	}
	if err = json.Unmarshal(data, cfg); err == nil {
		err = checkText(data, cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("serialization error: %w", err)
	}
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("serialization error: %w", err)
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("serialization error: %w", err)
	}
	return bytes.TrimSuffix(marshal(prune(tree)), []byte("\n")), nil
}

// prune removes fields with empty objects: they are in the Go types by value, and mean the
// same as no field.
func prune(v any) any {
	switch v := v.(type) {
	case []any:
		for n := range v {
			v[n] = prune(v[n])
		}
	case map[string]any:
		for key, field := range v {
			pruned := prune(field)
			if object, ok := pruned.(map[string]any); ok && len(object) == 0 {
				delete(v, key)
			}
		}
	}
	return v
}

// marshal writes JSON on one line, with a line feed at its end and without escapes for HTML.
func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("customize: cannot write a config: %v", err)) // plain strings and numbers
	}
	return b.Bytes()
}

// resource is a file in a config.
type resource struct {
	Source      string `json:"source"`
	Compression string `json:"compression"`
}

func newResource(data []byte) resource {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("customize: cannot compress into memory: %v", err))
	}
	return resource{Source: "data:;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), Compression: "gzip"}
}

type liveFile struct {
	Path     string   `json:"path"`
	Mode     int      `json:"mode"`
	Contents resource `json:"contents"`
}

type liveUnit struct {
	Name     string `json:"name"`
	Enabled  bool   `json:"enabled"`
	Contents string `json:"contents"`
}

// liveConfig is a config with the few parts that customizing needs.
type liveConfig struct {
	merge, authorities []resource
	files              []liveFile
	units              []liveUnit
}

func (c *liveConfig) empty() bool {
	return len(c.merge)+len(c.authorities)+len(c.files)+len(c.units) == 0
}

func (c *liveConfig) addFile(path string, mode int, data []byte) error {
	for _, f := range c.files {
		if f.Path == path {
			return fmt.Errorf("config already specifies path %s", path)
		}
	}
	c.files = append(c.files, liveFile{Path: path, Mode: mode, Contents: newResource(data)})
	return nil
}

func (c *liveConfig) addUnit(name, contents string) error {
	for _, u := range c.units {
		if u.Name == name {
			return fmt.Errorf("config already specifies unit %s", name)
		}
	}
	c.units = append(c.units, liveUnit{Name: name, Enabled: true, Contents: contents})
	return nil
}

// encode writes the config; absent parts are left out.
func (c *liveConfig) encode() []byte {
	type object map[string]any
	head := object{"version": liveVersion}
	if len(c.merge) > 0 {
		head["config"] = object{"merge": c.merge}
	}
	if len(c.authorities) > 0 {
		head["security"] = object{"tls": object{"certificateAuthorities": c.authorities}}
	}
	root := object{"ignition": head}
	if len(c.files) > 0 {
		root["storage"] = object{"files": c.files}
	}
	if len(c.units) > 0 {
		root["systemd"] = object{"units": c.units}
	}
	return marshal(root)
}
