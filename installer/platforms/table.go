package platforms

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/kargs"
)

// Metal is the platform that images are built for.
const Metal = "metal"

// Platform holds the settings of one platform.
type Platform struct {
	// GRUBCommands configure terminals in GRUB.
	GRUBCommands []string `json:"grub_commands,omitempty"`
	// KernelArguments are those that other platforms do not have.
	KernelArguments []string `json:"kernel_arguments,omitempty"`
}

// Table holds the settings of platforms by their IDs. Nil is the table of an image that has
// none.
type Table map[string]Platform

// Parse reads platforms.json. Unknown keys are ignored.
func Parse(data []byte) (Table, error) {
	var t Table
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("parsing platform table: %w", err)
	}
	return t, nil
}

// Kargs returns how kernel arguments change from metal to a platform: those of metal go,
// those of the platform come. The edit is empty if there are none.
func (t Table) Kargs(platform string) kargs.Edit {
	return kargs.Edit{
		Delete: slices.Clone(t[Metal].KernelArguments),
		Append: slices.Clone(t[platform].KernelArguments),
	}
}

// GRUB returns the commands of a platform, and whether they are others than those of metal.
func (t Table) GRUB(platform string) (commands []string, changed bool) {
	commands = slices.Clone(t[platform].GRUBCommands)
	return commands, !slices.Equal(commands, t[Metal].GRUBCommands)
}

// Consoles returns how kernel arguments change, and the commands for GRUB, where consoles are
// asked for: the arguments of metal go, and those of the table's platform do not come.
func (t Table) Consoles(consoles []config.Console) (edit kargs.Edit, commands []string) {
	edit.Delete = slices.Clone(t[Metal].KernelArguments)
	for _, c := range consoles {
		edit.Append = append(edit.Append, c.KernelArgument())
	}
	return edit, config.GRUBCommands(consoles)
}

// SetID changes the platform ID in kernel arguments from metal to another.
func SetID(options, platform string) (string, error) {
	const key = "ignition.platform.id"
	edit := kargs.Edit{Replace: []string{key + "=" + Metal + "=" + platform}}
	changed, err := edit.Apply(options)
	if err != nil {
		return "", err
	}
	if changed == strings.TrimSpace(options) {
		return "", errors.New("couldn't locate platform ID")
	}
	return changed, nil
}
