package rpmmd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Modules is a modules.yaml: streams of alternative versions of packages that live in the same
// repository.
type Modules struct {
	Streams  []ModuleStream
	Defaults []ModuleDefault
}

// ModuleStream is one build of a stream of a module.
type ModuleStream struct {
	Name, Stream, Version, Context, Arch string
	Summary                              string

	Artifacts     []string // packages of it, as name-epoch:version-release.arch
	Demodularized []string // names of packages that left the module
	Profiles      []ModuleProfile
	Requires      []ModuleRequires // alternatives: one of them must hold
}

// ModuleProfile is a choice of a module's packages.
type ModuleProfile struct {
	Name string
	RPMs []string
}

// ModuleRequires maps modules to the streams of them that fit; an empty list means any.
type ModuleRequires map[string][]string

// ModuleDefault is the stream of a module that is enabled when nobody chose another.
type ModuleDefault struct {
	Module, Stream string
	Modified       uint64 // the greatest one of a module counts
}

// moduleDocument has the parts of all kinds of documents that matter here.
type moduleDocument struct {
	Document string    `yaml:"document"`
	Version  int       `yaml:"version"`
	Data     yaml.Node `yaml:"data"`
}

type moduleStreamData struct {
	Name      yamlText `yaml:"name"`
	Stream    yamlText `yaml:"stream"`
	Version   yamlText `yaml:"version"`
	Context   yamlText `yaml:"context"`
	Arch      yamlText `yaml:"arch"`
	Summary   yamlText `yaml:"summary"`
	Artifacts struct {
		RPMs []yamlText `yaml:"rpms"`
	} `yaml:"artifacts"`
	Demodularized struct {
		RPMs []yamlText `yaml:"rpms"`
	} `yaml:"demodularized"`
	Profiles map[string]struct {
		RPMs []yamlText `yaml:"rpms"`
	} `yaml:"profiles"`
	Dependencies yaml.Node `yaml:"dependencies"`
}

type moduleDefaultData struct {
	Module   yamlText `yaml:"module"`
	Stream   yamlText `yaml:"stream"`
	Modified uint64   `yaml:"modified"`
}

// yamlText is a scalar as it is written: a stream 1.10 is not the number 1.1.
type yamlText string

func (t *yamlText) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: text expected", n.Line)
	}
	*t = yamlText(n.Value)
	return nil
}

func texts(list []yamlText) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}

// maxModules bounds a modules.yaml; a large distribution has some megabytes.
const maxModules = 64 << 20

// maxYAMLDocument bounds one document in it, of which the parser makes a tree.
const maxYAMLDocument = 8 << 20

// ParseModules reads a decompressed modules.yaml. Documents of kinds that do not change which
// packages may be installed (translations, obsoletes) are passed over.
func ParseModules(ctx context.Context, r io.Reader) (*Modules, error) {
	m := &Modules{}
	err := yamlDocuments(r, func(text []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return m.document(text)
	})
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	return m, nil
}

// yamlDocuments splits a stream at its "---" lines.
func yamlDocuments(r io.Reader, sink func([]byte) error) error {
	limited := &io.LimitedReader{R: r, N: maxModules + 1}
	br := bufio.NewReaderSize(limited, 64<<10)
	var doc []byte
	for lineStart := true; ; {
		line, err := br.ReadSlice('\n')
		if limited.N <= 0 {
			return fmt.Errorf("more than %d bytes", maxModules)
		}
		if lineStart && (strings.HasPrefix(string(line), "---") || strings.HasPrefix(string(line), "...")) {
			if err := sink(doc); err != nil {
				return err
			}
			doc, line = doc[:0], line[3:]
		}
		if doc = append(doc, line...); len(doc) > maxYAMLDocument {
			return fmt.Errorf("document of more than %d bytes", maxYAMLDocument)
		}
		lineStart = err == nil
		if err == io.EOF {
			return sink(doc)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func (m *Modules) document(text []byte) error {
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil
	}
	var doc moduleDocument
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return err
	}
	switch doc.Document {
	case "modulemd":
		var d moduleStreamData
		if err := doc.Data.Decode(&d); err != nil {
			return err
		}
		s, err := d.stream()
		if err != nil {
			return err
		}
		m.Streams = append(m.Streams, s)
	case "modulemd-defaults":
		var d moduleDefaultData
		if err := doc.Data.Decode(&d); err != nil {
			return err
		}
		m.Defaults = append(m.Defaults, ModuleDefault{string(d.Module), string(d.Stream), d.Modified})
	}
	return nil
}

func (d *moduleStreamData) stream() (ModuleStream, error) {
	s := ModuleStream{
		Name: string(d.Name), Stream: string(d.Stream), Version: string(d.Version), Context: string(d.Context), Arch: string(d.Arch),
		Summary: string(d.Summary), Artifacts: texts(d.Artifacts.RPMs), Demodularized: texts(d.Demodularized.RPMs),
	}
	if s.Name == "" || s.Stream == "" {
		return s, fmt.Errorf("module without name or stream")
	}
	for name, p := range d.Profiles {
		s.Profiles = append(s.Profiles, ModuleProfile{name, texts(p.RPMs)})
	}
	slices.SortFunc(s.Profiles, func(a, b ModuleProfile) int { return cmp.Compare(a.Name, b.Name) })
	return s, d.requires(&s)
}

// requires reads the dependencies: a list of alternatives in version 2 of the format.
func (d *moduleStreamData) requires(s *ModuleStream) error {
	if d.Dependencies.Kind != yaml.SequenceNode {
		return nil // version 1 has other fields, and is not in use any more
	}
	var list []struct {
		Requires map[string][]yamlText `yaml:"requires"`
	}
	if err := d.Dependencies.Decode(&list); err != nil {
		return err
	}
	for _, alternative := range list {
		req := ModuleRequires{}
		for name, streams := range alternative.Requires {
			req[name] = texts(streams)
		}
		s.Requires = append(s.Requires, req)
	}
	return nil
}

// ModuleState is the choice that was made for a module on a system.
type ModuleState struct {
	Name, Stream string
	State        string // "enabled", "disabled" or empty
	Profiles     []string
}

// LoadModuleStates reads the files *.module of a directory, /etc/dnf/modules.d as a rule,
// sorted by name. A directory that does not exist gives none.
func LoadModuleStates(fsys fs.FS, dir string) ([]ModuleState, error) {
	files, err := readConfigDir(fsys, dir, ".module")
	if err != nil {
		return nil, err
	}
	var states []ModuleState
	for _, f := range files {
		sections, err := parseINI(f.data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		for _, sec := range sections {
			s := ModuleState{Name: sec.name}
			for _, kv := range sec.values {
				switch kv.key {
				case "stream":
					s.Stream = kv.value
				case "state":
					s.State = kv.value
				case "profiles":
					s.Profiles = splitList(kv.value)
				}
			}
			states = append(states, s)
		}
	}
	return states, nil
}

// ModuleFilter tells which packages modules keep out of consideration.
type ModuleFilter struct {
	active   map[string]bool // NEVRA of active streams
	inactive map[string]bool // NEVRA of the others
	names    map[string]bool // of packages of active streams
}

// NewModuleFilter decides which streams are active: those that states enables, and the default
// streams of the modules that states is silent about. A build of an active stream whose
// requirements name other streams of active modules than the active ones is not active.
func NewModuleFilter(modules []*Modules, states []ModuleState) *ModuleFilter {
	streams := activeStreams(modules, states)
	f := &ModuleFilter{active: map[string]bool{}, inactive: map[string]bool{}, names: map[string]bool{}}
	for _, m := range modules {
		for i := range m.Streams {
			s := &m.Streams[i]
			isActive := streams[s.Name] == s.Stream && s.satisfied(streams)
			for _, nevra := range s.Artifacts {
				if !isActive {
					f.inactive[nevra] = true
					continue
				}
				f.active[nevra] = true
				if name, ok := nevraName(nevra); ok && !slices.Contains(s.Demodularized, name) {
					f.names[name] = true
				}
			}
		}
	}
	return f
}

func activeStreams(modules []*Modules, states []ModuleState) map[string]string {
	streams := map[string]string{}
	modified := map[string]uint64{}
	for _, m := range modules {
		for _, d := range m.Defaults {
			if old, seen := modified[d.Module]; !seen || d.Modified > old {
				streams[d.Module], modified[d.Module] = d.Stream, d.Modified
			}
		}
	}
	for _, s := range states {
		switch s.State {
		case "enabled":
			streams[s.Name] = s.Stream
		case "disabled":
			delete(streams, s.Name)
		}
	}
	return streams
}

func (s *ModuleStream) satisfied(streams map[string]string) bool {
	fits := func(req ModuleRequires) bool {
		for name, wanted := range req {
			// What "platform" is, the base system decides, not a repository.
			if have, ok := streams[name]; ok && name != "platform" && len(wanted) > 0 && !slices.Contains(wanted, have) {
				return false
			}
		}
		return true
	}
	return len(s.Requires) == 0 || slices.ContainsFunc(s.Requires, fits)
}

// Excluded reports whether a package of a repository is kept out: nevra is
// name-epoch:version-release.arch with an epoch always, provides are the names that it
// provides. Packages of repositories with module_hotfixes=1 and installed packages are never
// excluded, and need not be asked about.
func (f *ModuleFilter) Excluded(nevra, name string, provides []string) bool {
	if f.active[nevra] {
		return false
	}
	return f.inactive[nevra] || f.names[name] || slices.ContainsFunc(provides, func(p string) bool { return f.names[p] })
}

// nevraName cuts a NEVRA at its last two dashes.
func nevraName(nevra string) (string, bool) {
	i := strings.LastIndexByte(nevra, '-')
	if i <= 0 {
		return "", false
	}
	i = strings.LastIndexByte(nevra[:i], '-')
	if i <= 0 {
		return "", false
	}
	return nevra[:i], true
}

type configFile struct {
	name string
	data []byte
}

// readConfigDir reads the files of a directory with a suffix, in the order of their names.
func readConfigDir(fsys fs.FS, dir, suffix string) ([]configFile, error) {
	dir = strings.Trim(path.Clean("/"+dir), "/")
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []configFile
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) || strings.HasPrefix(e.Name(), ".") || e.IsDir() {
			continue
		}
		data, err := readLimited(fsys, path.Join(dir, e.Name()), maxConfig)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotRegular) {
			continue // a dangling link, or a link to a directory
		}
		if err != nil {
			return nil, err
		}
		files = append(files, configFile{"/" + path.Join(dir, e.Name()), data})
	}
	return files, nil
}

const maxConfig = 4 << 20

var errNotRegular = errors.New("not a regular file")

func readLimited(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", name, errNotRegular)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: larger than %d bytes", name, limit)
	}
	return data, err
}
