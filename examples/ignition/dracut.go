package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/nestos-dev/nestos/ignition/dracut"
)

// runGenerator is the systemd generator that decides whether this boot is the first.
func runGenerator(_ context.Context, w *world) int {
	if len(w.args) < 2 {
		w.errorf("Usage: %s UNITDIR…", w.args[0])
		return 2
	}
	if err := dracut.Generate(&dracut.GenerateOptions{UnitDir: w.args[1]}); err != nil {
		w.errorf("%s: %s", dracut.GeneratorName, err)
		return 1
	}
	return 0
}

// runFirstBootComplete is called on the real root after the first boot.
func runFirstBootComplete(ctx context.Context, w *world) int {
	if len(w.args) != 1 {
		w.errorf("Usage: %s", w.args[0])
		return 2
	}
	if err := dracut.CompleteFirstBoot(ctx, nil); err != nil {
		w.errorf("%s: %s", dracut.FirstBootCompleteName, err)
		return 1
	}
	return 0
}

// runDracutFiles is "ignition dracut-files": it writes what starts Ignition at boot.
func runDracutFiles(w *world) int {
	opt := &dracut.Options{}
	var helper string
	fs := pflag.NewFlagSet(w.args[0]+" dracut-files", pflag.ContinueOnError)
	usage := func(to io.Writer) {
		fmt.Fprintf(to, "Usage: %s dracut-files [options] DIR\n"+
			"Writes the dracut module and the systemd units below DIR, which is made if it is not there, and prints their paths.\n"+
			"DIR is the root of an image that is being built; the program itself is to be installed as \"ignition\" in the module's directory.\n"+
			"Options:\n%s", w.args[0], fs.FlagUsages())
	}
	fs.StringVar(&opt.ModuleDir, "module-dir", dracut.DefaultModuleDir, "directory of the dracut module")
	fs.StringVar(&opt.UnitDir, "unit-dir", dracut.DefaultUnitDir, "directory of the units of the real root")
	fs.StringVar(&opt.LibexecDir, "libexec-dir", dracut.DefaultLibexecDir, "directory of programs that the units call")
	fs.StringVar(&opt.GRUBDir, "grub-dir", dracut.DefaultGRUBDir, "directory of the GRUB snippet")
	fs.StringVar(&helper, "kargs-helper", "", "program that changes kernel arguments (default: one that refuses)")
	fs.BoolVar(&opt.NoDracut, "no-dracut", false, "leave out the dracut module")
	fs.BoolVar(&opt.NoSystem, "no-system", false, "leave out the units of the real root")
	fs.BoolVar(&opt.NoGRUB, "no-grub", false, "leave out the GRUB snippet")
	if code, ok := w.parseAddition(fs, usage); !ok {
		return code
	}
	err := w.dracutFiles(fs.Arg(0), helper, opt)
	if err != nil {
		w.errorf("%s", err)
		return 1
	}
	return 0
}

func (w *world) dracutFiles(dir, helper string, opt *dracut.Options) error {
	if helper != "" {
		data, err := os.ReadFile(helper)
		if err != nil {
			return fmt.Errorf("reading kargs helper: %w", err)
		}
		opt.KargsHelper = data
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the directory to write to: %w", err)
	}
	if err := dracut.WriteFiles(dir, opt); err != nil {
		return err
	}
	for _, f := range dracut.Files(opt) {
		line := filepath.Join(dir, f.Path)
		if f.Target != "" {
			line += " -> " + f.Target
		}
		if _, err := fmt.Fprintln(w.stdout, line); err != nil {
			return fmt.Errorf("printing what was written: %w", err)
		}
	}
	return nil
}
