// Command butane turns Butane configs, YAML for people, into Ignition configs. It is a drop-in for Butane
// 0.29 with its options and messages: it parses options, calls package ignition/butane and prints.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/nestos-dev/nestos/ignition/butane"
	"github.com/spf13/pflag"
)

const version = "Butane 0.29.0"

func main() {
	_, noColor := os.LookupEnv("NO_COLOR")
	p := &program{
		name:   os.Args[0],
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		color:  !noColor && isCharDevice(os.Stderr),
	}
	os.Exit(p.run(os.Args[1:]))
}

func isCharDevice(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// program is one run of the command.
type program struct {
	name           string
	stdin          io.Reader
	stdout, stderr io.Writer
	color          bool // what --color=auto means

	opt                          butane.Options
	input, output, colorMode     string
	check, strict, help, version bool
	rawErrors, debug             bool
}

func (p *program) flags() *pflag.FlagSet {
	f := pflag.NewFlagSet(p.name, pflag.ContinueOnError)
	f.SetOutput(p.stderr)
	f.BoolVarP(&p.help, "help", "h", false, "show usage and exit")
	f.BoolVarP(&p.version, "version", "V", false, "print the version and exit")
	f.BoolVarP(&p.debug, "debug", "D", false, "log translations")
	f.BoolVarP(&p.check, "check", "c", false, "check config without producing output")
	f.BoolVarP(&p.strict, "strict", "s", false, "fail on any warning")
	f.BoolVarP(&p.opt.Pretty, "pretty", "p", false, "output formatted json")
	f.BoolVarP(&p.opt.Raw, "raw", "r", false, "never wrap in a MachineConfig; force Ignition output")
	f.BoolVar(&p.rawErrors, "raw-errors", false, "show raw errors, rather than pretty printing them")
	for _, name := range []string{"color", "colour"} {
		f.StringVar(&p.colorMode, name, "auto", `control color output: "auto", "always", or "never"`)
		f.Lookup(name).NoOptDefVal = "always"
	}
	f.StringVar(&p.input, "input", "", "read from input file instead of stdin")
	f.Lookup("input").Deprecated = "specify filename directly on command line"
	f.StringVarP(&p.output, "output", "o", "", "write to output file instead of stdout")
	f.StringVarP(&p.opt.FilesDir, "files-dir", "d", "", "allow embedding local files from this directory")
	for _, name := range []string{"debug", "colour", "input"} {
		f.Lookup(name).Hidden = true
	}
	return f
}

// optionsText is written out because releases of pflag differ in how they show
// options without a value.
const optionsText = `Options:
  -c, --check                     check config without producing output
      --color string[="always"]   control color output: "auto", "always", or "never" (default "auto")
  -d, --files-dir string          allow embedding local files from this directory
  -h, --help                      show usage and exit
  -o, --output string             write to output file instead of stdout
  -p, --pretty                    output formatted json
  -r, --raw                       never wrap in a MachineConfig; force Ignition output
      --raw-errors                show raw errors, rather than pretty printing them
  -s, --strict                    fail on any warning
  -V, --version                   print the version and exit
`

// run executes one command line and returns the exit status.
func (p *program) run(args []string) int {
	f := p.flags()
	usage := func(w io.Writer) {
		fmt.Fprintf(w, "Usage: %s [options] [input-file]\n%s", p.name, optionsText)
	}
	f.Usage = func() { usage(p.stderr) }
	if err := f.Parse(args); err != nil {
		usage(p.stderr)
		fmt.Fprintln(p.stderr, err)
		return 2
	}
	switch {
	case f.NArg() == 1 && p.input == "":
		p.input = f.Arg(0)
	case f.NArg() > 0:
		usage(p.stderr)
		return 2
	}
	switch {
	case p.help:
		usage(p.stdout)
		return 0
	case p.version:
		fmt.Fprintln(p.stdout, version)
		return 0
	}
	if err := p.translate(); err != nil {
		fmt.Fprintln(p.stderr, err)
		return 1
	}
	return 0
}

func (p *program) translate() error {
	text, name, err := p.read()
	if err != nil {
		return err
	}
	r, err := butane.Translate(text, &p.opt)
	if p.debug {
		p.printOrigins(r)
	}
	fmt.Fprint(p.stderr, butane.FormatReport(r.Report, text, &butane.FormatOptions{
		FileName: name,
		Color:    p.colorize(),
		Raw:      p.rawErrors,
	}))
	if err != nil {
		return fmt.Errorf("Error translating config: %w", err)
	}
	if p.strict && len(r.Report.Entries) > 0 {
		return fmt.Errorf("Config produced warnings and --strict was specified")
	}
	if p.check {
		return nil
	}
	return p.write(append(r.Output, '\n'))
}

func (p *program) read() (text []byte, name string, err error) {
	if p.input == "" {
		if text, err = io.ReadAll(p.stdin); err != nil {
			return nil, "", fmt.Errorf("failed to read /dev/stdin: %w", err)
		}
		return text, "", nil
	}
	f, err := os.Open(p.input)
	if err != nil {
		return nil, "", fmt.Errorf("failed to open %s: %w", p.input, err)
	}
	defer f.Close()
	if text, err = io.ReadAll(f); err != nil {
		return nil, "", fmt.Errorf("failed to read %s: %w", p.input, err)
	}
	return text, p.input, nil
}

func (p *program) write(out []byte) error {
	if p.output != "" {
		f, err := os.OpenFile(p.output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return fmt.Errorf("failed to open %s: %w", p.output, err)
		}
		_, err = f.Write(out)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("Failed to write config to %s: %w", p.output, err)
		}
		return nil
	}
	if _, err := p.stdout.Write(out); err != nil {
		return fmt.Errorf("Failed to write config to /dev/stdout: %w", err)
	}
	return nil
}

// colorize is whether the report has colors; modes that do not exist mean never.
func (p *program) colorize() bool {
	switch p.colorMode {
	case "always", "yes":
		return true
	case "auto":
		return p.color
	}
	return false
}

// printOrigins prints where each part of the output came from.
func (p *program) printOrigins(r *butane.Result) {
	var lines []string
	for path, source := range r.Origins() {
		lines = append(lines, path.String()+"\x00"+source.String()+" → "+path.String())
	}
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	fmt.Fprintln(p.stderr, "TranslationSet: yaml → json")
	for _, l := range lines {
		fmt.Fprintln(p.stderr, l[slices.Index([]byte(l), 0)+1:])
	}
}
