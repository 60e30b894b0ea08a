// Package clap is a command line parser that behaves as clap 4 does, the library behind the programs that are
// written in Rust: the same syntax, the same messages, the same layout of help texts, the same exit codes.
//
// A program describes itself as data, parses, and reads the values by the name of the option:
//
//	root := &clap.Command{
//		Name: "coreos-installer", Version: "0.26.0", About: "Installer for Fedora CoreOS",
//		Commands: []*clap.Command{{
//			Name: "list-stream", About: "List available images",
//			Args: []*clap.Arg{
//				{Long: "stream", Short: 's', Value: "name", Default: "stable", Help: "Stream"},
//				{Long: "stream-base-url", Value: "URL", Help: "Base URL"},
//			},
//		}},
//	}
//	m, err := root.Parse(&clap.Line{Program: os.Args[0], Args: os.Args[1:]})
//	if err != nil {
//		os.Exit(clap.Exit(os.Stdout, os.Stderr, err))
//	}
//	stream := m.Leaf().String("stream")
//
// # Syntax
//
//   - --option VALUE, --option=VALUE, -o VALUE, -oVALUE, -o=VALUE, flags in bundles: -fi VALUE
//   - options and positional arguments in any order; "--" ends the options
//   - no abbreviations of long names
//   - an option that is given twice is an error, unless it is repeatable or the command lets the last one win
//   - a separate value that begins with "-" is an error, unless the option allows it; "-" alone is a value
//   - a flag takes no value, not even --flag=
//
// # Outcome
//
// Wrong usage is reported on standard error with exit code 2. So is a missing command, by the help text.
// --help, -h and --version print on standard output and end with 0. All of these are an [*Error]. What fails
// later is printed by [WriteError] in the form of the Rust library anyhow, with exit code 1.
package clap
