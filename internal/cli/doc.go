// Package cli holds what the drop-in programs share: a command-line parser
// that behaves as GLib's GOption does, help texts in its layout, error lines,
// exit codes, and drawings of progress.
//
// [Parser] parses the options of one command, [App] finds the command; both
// work in-process: they write to what they are given and never exit.
//
//	p := &cli.Parser{
//		Program: "ostree prune",
//		Summary: "Search for unreachable objects",
//		Options: []cli.Option{
//			{Long: "depth", Arg: "DEPTH", Help: "Only traverse DEPTH parents", Value: cli.Int(&depth)},
//			{Long: "no-prune", Help: "Only display unreachable objects", Value: cli.Bool(&dry)},
//		},
//	}
//	args, err := p.Parse(os.Args[1:])
//
// # What GOption accepts
//
//   - options and arguments in any order; "--" ends the options and is dropped
//   - --name VALUE, --name=VALUE, -n VALUE, and flags in bundles: -abn VALUE.
//     A value never sticks to a short name: -nVALUE is an error
//   - no abbreviations of long names
//   - for an optional value, --name=VALUE, or the next argument unless it
//     begins with "-"
//   - a value given to a flag, --flag=x, is ignored
//   - integers in the C notation: 010 is 8, 0x10 is 16
//   - --help, --help-all, -h and -? stop parsing; what is wrong before them
//     is reported first
//
// Messages are GOption's English ones, whatever the locale: scripts look for
// them.
//
// # Errors on a terminal
//
// [PrintError] prints "error: MESSAGE", with a red and bold "error:" when
// standard output is a terminal, as ostree and rpm-ostree do. System error
// texts appear in the C library's wording.
//
// # Progress
//
// [NewProgress] turns events of package progress into one line that changes
// on a terminal, and into occasional lines elsewhere; [JSONLines] writes them
// for machines.
package cli
