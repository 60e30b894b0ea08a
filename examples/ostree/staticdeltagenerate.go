package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/delta"
)

// generateRun is one execution of static-delta generate.
type generateRun struct {
	*command
	o *ostree.DeltaOptions

	from, to, endianness, signType, keysFile string
	fallback, bsdiff, chunk                  *int64 // megabytes
	empty, noBsdiff, swap                    bool
	keys                                     []string
}

func runDeltaGenerate(ctx context.Context, env *cli.Env, args []string) error {
	c := &generateRun{o: &ostree.DeltaOptions{}}
	o := c.o
	c.command = newCommand(ctx, env, "[TO]", "Generate static delta files",
		cli.Option{Long: "from", Arg: "REV", Help: "Create delta from revision REV", Value: cli.String(&c.from)},
		cli.Option{Long: "empty", Help: "Create delta from scratch", Value: cli.Bool(&c.empty)},
		cli.Option{Long: "inline", Help: "Inline delta parts into main delta", Value: cli.Bool(&o.Inline)},
		cli.Option{Long: "to", Arg: "REV", Help: "Create delta to revision REV", Value: cli.String(&c.to)},
		cli.Option{Long: "disable-bsdiff", Help: "Disable use of bsdiff", Value: cli.Bool(&c.noBsdiff)},
		cli.Option{Long: "if-not-exists", Short: 'n', Help: "Only generate if a delta does not already exist", Value: cli.Bool(&o.IfNotExists)},
		cli.Option{Long: "set-endianness", Arg: "ENDIAN", Help: "Choose metadata endianness ('l' or 'B')", Value: cli.String(&c.endianness)},
		cli.Option{Long: "swap-endianness", Help: "Swap metadata endianness from host order", Value: cli.Bool(&c.swap)},
		cli.Option{Long: "min-fallback-size", Help: "Minimum uncompressed size in megabytes for individual HTTP request", Value: megabytes(&c.fallback)},
		cli.Option{Long: "max-bsdiff-size", Help: "Maximum size in megabytes to consider bsdiff compression for input files", Value: megabytes(&c.bsdiff)},
		cli.Option{Long: "max-chunk-size", Help: "Maximum size of delta chunks in megabytes", Value: megabytes(&c.chunk)},
		cli.Option{Long: "filename", Arg: "PATH", Help: "Write the delta content to PATH (a directory).  If not specified, the OSTree repository is used", Value: cli.Filename(&o.Filename)},
		cli.Option{Long: "sign", Arg: "KEY_ID", Help: "Sign the delta with", Value: cli.Strings(&c.keys)},
		cli.Option{Long: "sign-type", Arg: "NAME", Help: "Signature type to use (defaults to 'ed25519')", Value: cli.String(&c.signType)},
		cli.Option{Long: "keys-file", Arg: "NAME", Help: "Read key(s) from file", Value: cli.Filename(&c.keysFile)})
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if c.to == "" && len(rest) > 0 {
		c.to = rest[0]
	}
	if c.to == "" {
		return errors.New("TO revision must be specified")
	}
	if err := c.complete(r); err != nil {
		return err
	}
	return c.generate(r)
}

// megabytes is an option with a number of megabytes.
func megabytes(p **int64) cli.Value {
	return cli.ArgFunc(func(option, value string) error {
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			return fmt.Errorf("Invalid size '%s' for %s", value, option)
		}
		size := int64(n) * 1_000_000
		*p = &size
		return nil
	})
}

// orZero is the value of an option, or what the library takes in place of 0.
func orZero(p *int64, zero int64) int64 {
	switch {
	case p == nil:
		return 0 // the default
	case *p == 0:
		return zero
	}
	return *p
}

// complete translates the options that are texts.
func (c *generateRun) complete(r *ostree.Repo) (err error) {
	o := c.o
	o.MinFallbackSize = orZero(c.fallback, -1)
	o.MaxBsdiffSize = orZero(c.bsdiff, -1)
	o.MaxChunkSize = orZero(c.chunk, 1)
	if c.noBsdiff {
		o.MaxBsdiffSize = -1
	}
	if err := c.revisions(r); err != nil {
		return err
	}
	switch c.endianness {
	case "", "l":
	case "B":
		o.BigEndian = true
	default:
		return fmt.Errorf("Invalid endianness '%s'", c.endianness)
	}
	if c.swap {
		o.BigEndian = !o.BigEndian
	}
	if o.Time, err = c.date(); err != nil {
		return err
	}
	if len(c.keys) == 0 && c.keysFile == "" {
		return nil
	}
	if o.Engine, err = r.Engine(c.signType); err != nil {
		return err
	}
	var files []string
	if c.keysFile != "" {
		if !isFile(c.keysFile) {
			return fmt.Errorf("File object '%s' is not a regular file", c.keysFile)
		}
		files = append(files, c.keysFile)
	}
	o.SecretKeys, err = secretKeys(o.Engine, c.keys, files)
	return err
}

func (c *generateRun) revisions(r *ostree.Repo) (err error) {
	from := c.from
	switch {
	case c.empty && from != "":
		return errors.New("Cannot specify both --empty and --from=REV")
	case from == "":
		from = c.to + "^"
	}
	if !c.empty {
		if c.o.From, err = r.ResolveRev(from); err != nil {
			return err
		}
	}
	c.o.To, err = r.ResolveRev(c.to)
	return err
}

// date is SOURCE_DATE_EPOCH, for deltas that can be reproduced; zero for now.
func (c *generateRun) date() (time.Time, error) {
	epoch := c.env.Lookup("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, errors.New("Failed to convert SOURCE_DATE_EPOCH")
	}
	return time.Unix(n, 0), nil
}

func (c *generateRun) generate(r *ostree.Repo) error {
	name := delta.Name{From: c.o.From, To: c.o.To}
	if c.o.IfNotExists {
		found, err := r.HasStaticDelta(name)
		if err != nil {
			return err
		}
		if found {
			c.printf("Delta %s already exists.\n", name)
			return nil
		}
	}
	from := "empty"
	if !c.o.From.IsZero() {
		from = c.o.From.String()
	}
	c.printf("Generating static delta:\n  From: %s\n  To:   %s\n", from, c.o.To)
	c.o.IfNotExists = false
	c.o.OnEvent = func(e ostree.DeltaEvent) { fmt.Fprintln(c.env.Stderr, e) }
	tuneForDeltas()
	stats, err := r.GenerateDelta(c.ctx, c.o)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.env.Stderr, stats)
	return nil
}

// tuneForDeltas undoes the limit on memory that suits other commands: a compressor alone needs several times that.
func tuneForDeltas() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(15)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(math.MaxInt64)
	}
}
