package afterburn

import (
	"context"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/afterburn/internal/outfile"
)

const (
	kargsDir  = "/etc/cmdline.d"
	kargsFile = "50-afterburn-network-kargs.conf"
)

// NetworkKargs tells dracut how to set up the network in the initrd: with the kernel arguments that the provider
// knows, or else with defaultValue. They are written as one line to /etc/cmdline.d/50-afterburn-network-kargs.conf,
// in a directory that must exist. If the kernel command line itself has an argument that begins with "ip=" nothing is
// written.
//
// An id without such knowledge, known or not, means the default.
func NetworkKargs(ctx context.Context, id, defaultValue string, opt *Options) error {
	log := opt.logger()
	line, err := readCmdline(opt.root())
	if err != nil {
		return err
	}
	for word := range strings.SplitSeq(line, " ") {
		if strings.HasPrefix(word, "ip=") {
			log.Warn("kernel cmdline already specifies network arguments, skipping")
			return nil
		}
	}
	args, ok, err := providerKargs(ctx, id, opt)
	if err != nil {
		return err
	}
	if !ok {
		args = defaultValue
	}
	return writeKargs(opt.root(), args)
}

func providerKargs(ctx context.Context, id string, opt *Options) (args string, ok bool, err error) {
	for _, p := range table {
		if p.id != id || !p.kargs {
			continue
		}
		provider, err := opt.build(ctx, p.make)
		if err != nil {
			return "", false, err
		}
		defer provider.Close()
		source, is := provider.(KargsSource)
		if !is { // the machine has no drive
			return "", false, nil
		}
		return source.NetworkKargs(ctx)
	}
	return "", false, nil
}

// writeKargs writes the file, one line whatever the hypervisor has been told.
func writeKargs(root, args string) error {
	args = strings.Join(strings.FieldsFunc(args, func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }), " ")
	dir, err := outfile.Open(strings.TrimSuffix(root, "/")+kargsDir, false)
	if err != nil {
		return fmt.Errorf("failed to create file %q: %w", kargsDir+"/"+kargsFile, err)
	}
	defer dir.Close()
	return dir.Write(kargsFile, []byte(args+"\n"), umasked(0o666))
}
