//go:build unix

package bootloader

import (
	"context"
	"errors"
	"strings"

	"github.com/nestos-dev/nestos/ostree/bls"
)

const syslinuxConfig = "boot/syslinux/syslinux.cfg"

type syslinux struct{}

func (syslinux) Name() string                             { return "syslinux" }
func (syslinux) Atomic() bool                             { return true }
func (syslinux) PostSync(context.Context, *Request) error { return nil }

func (syslinux) Write(_ context.Context, req *Request) error {
	root, err := req.root()
	if err != nil {
		return writing(err)
	}
	defer root.Close()
	old, err := readConfig(root, syslinuxConfig)
	if err != nil {
		return writing(err)
	}
	lines, ownDefault, err := foreignLines(old)
	if err != nil {
		return writing(err)
	}
	for i, e := range req.Entries {
		block, err := syslinuxBlock(e.Config, req.boot())
		if err != nil {
			return writing(err)
		}
		if i == 0 && ownDefault {
			lines = append(lines, "DEFAULT "+titleOf(e.Config))
		}
		lines = append(lines, block...)
	}
	return writing(writeConfig(root, req.loader("syslinux.cfg"), joinLines(lines)))
}

func syslinuxBlock(e *bls.Entry, prefix string) ([]string, error) {
	kernel, err := linuxOf(e)
	if err != nil {
		return nil, err
	}
	lines := []string{"LABEL " + titleOf(e), "\tKERNEL " + prefix + kernel}
	for _, key := range [...]struct{ bls, word, prefix string }{
		{bls.KeyInitrd, "INITRD", prefix}, {bls.KeyDevicetree, "DEVICETREE", prefix}, {bls.KeyOptions, "APPEND", ""},
	} {
		if v, ok := e.Get(key.bls); ok {
			lines = append(lines, "\t"+key.word+" "+key.prefix+v)
		}
	}
	return lines, nil
}

// foreignLines returns the lines of a configuration that are not for
// deployments, without the default. A foreign default is lost thereby, as with
// libostree, and taken over at the next writing, when there is none.
func foreignLines(text string) (lines []string, ownDefault bool, err error) {
	var p syslinuxParser
	for line := range strings.SplitSeq(text, "\n") {
		if err := p.line(line); err != nil {
			return nil, false, err
		}
	}
	if err := p.endBlock(); err != nil {
		return nil, false, err
	}
	return p.kept, p.ownDefault || !p.sawDefault, nil
}

type syslinuxParser struct {
	kept, block            []string
	inBlock                bool
	ours, boots            bool // the block is for a deployment, boots anything
	keptBoots              bool // a block that is kept boots something
	sawDefault, ownDefault bool
}

func (p *syslinuxParser) line(line string) error {
	if p.inBlock && !strings.HasPrefix(line, "\t") {
		if err := p.endBlock(); err != nil {
			return err
		}
	}
	switch {
	case p.inBlock:
		if kernel, ok := strings.CutPrefix(line, "\tKERNEL "); ok {
			p.ours = strings.HasPrefix(kernel, "/ostree/") || strings.HasPrefix(kernel, "/boot/ostree/")
		}
		p.boots = p.boots || isBootDirective(line)
		p.block = append(p.block, line)
	case strings.HasPrefix(line, "LABEL "):
		p.inBlock, p.ours, p.boots, p.block = true, false, false, []string{line}
	case strings.HasPrefix(line, "DEFAULT "):
		p.sawDefault = true
		p.ownDefault = p.ownDefault || strings.HasPrefix(line, "DEFAULT ostree:") || strings.Contains(line, "(ostree")
	default:
		p.kept = append(p.kept, line)
	}
	return nil
}

// endBlock keeps a block that is not for a deployment.
//
// For libostree a block without KERNEL is an error if it is the first, else it
// is treated like the block before it, and lost after one for a deployment. Here
// blocks that boot something by another directive are kept, and the others follow
// what is kept, so that nothing gets lost and the next writing finds no error.
func (p *syslinuxParser) endBlock() error {
	if !p.inBlock {
		return nil
	}
	p.inBlock = false
	if p.ours {
		return nil
	}
	if !p.boots && !p.keptBoots {
		return errors.New("No KERNEL argument found after LABEL")
	}
	p.keptBoots = true
	p.kept = append(p.kept, p.block...)
	return nil
}

// isBootDirective tells whether a line of a block says what to boot.
func isBootDirective(line string) bool {
	word, _, _ := strings.Cut(strings.TrimPrefix(line, "\t"), " ")
	switch strings.ToUpper(word) {
	case "KERNEL", "LINUX", "BOOT", "BSS", "PXE", "FDIMAGE", "COMBOOT", "COM32", "CONFIG", "LOCALBOOT":
		return true
	}
	return false
}
