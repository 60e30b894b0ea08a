package butane

import (
	"errors"
	"io/fs"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
	"github.com/nestos-dev/nestos/ignition/config/report"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

// Options adjusts a translation. The zero value refuses local files and writes
// compact output.
type Options struct {
	// FilesDir is the directory of local files and trees. Empty: a config that
	// names local files is invalid, unless Files is set.
	FilesDir string
	// ConfineLinks refuses symbolic links that lead out of FilesDir. Otherwise
	// they are followed wherever they lead; paths with ".." never leave it.
	ConfineLinks bool
	// Files replaces FilesDir by any file system, for instance a zip archive.
	Files fs.FS
	// MaxLocalFile bounds the size of each local file, in bytes. Zero: 256 MiB.
	MaxLocalFile int64
	// Thorough also checks what Butane 0.29 overlooks: local files that are configs to
	// be merged, partitions without number, and mount units of paths outside /etc and
	// /var where they do not work (a warning where Butane accepts them). Variant
	// nestos has the first in any case.
	Thorough bool
	// NoAutoCompression never compresses contents with gzip.
	NoAutoCompression bool
	// Pretty writes JSON with an indent of two spaces. It has no effect on
	// MachineConfigs.
	Pretty bool
	// Raw writes the Ignition config where a MachineConfig is due (variant openshift).
	Raw bool

	doc *schema.Document // the parsed input, in calls by a Registry
}

// Result is what a translation gives. Without an error all fields are set; with one
// Report tells what is known.
type Result struct {
	// Output is the config to be written: JSON, or YAML of a MachineConfig, without
	// a newline at the end.
	Output []byte
	// Report holds errors, warnings and hints with paths and positions in the input.
	Report report.Report
	// Config is the Ignition config in the newest types; fields that
	// IgnitionVersion does not have are unset. It is not to be changed while
	// Source is in use.
	Config types.Config
	// IgnitionVersion is the version of the Ignition config, as in "3.5.0".
	IgnitionVersion string
	// Variant and Version are those of the input, in canonical spelling.
	Variant, Version string

	doc     *schema.Document
	origins *origins
}

// High-level errors: the report has the details.
var (
	ErrInvalidSource    = errors.New("source config is invalid")
	ErrInvalidGenerated = errors.New("config generated was invalid")
)

// Translate translates a Butane config of any variant and version that this package
// knows. See Registry for others.
func Translate(input []byte, opt *Options) (*Result, error) {
	return Default().Translate(input, opt)
}

// Source returns the path in the input that made the value at a path of Config, with
// its position. Sugar is the source of all it generates. If nothing is known about
// the path, it is the path of the same spelling in the input, and known is false.
func (r *Result) Source(path report.Path) (source report.Path, pos report.Pos, known bool) {
	source, known = r.origins.source(path)
	if !known {
		source = snakePath(path)
	}
	return source, r.Position(source), known
}

// Position returns the position in the input of the value at a path of the input
// (keys in snake case), or of its deepest ancestor that is there.
func (r *Result) Position(path report.Path) report.Pos {
	if r.doc == nil {
		return report.Pos{}
	}
	return r.doc.Position(path)
}
