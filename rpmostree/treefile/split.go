package treefile

import (
	"fmt"
	"strings"
)

// SplitPackages splits an entry of a list of packages at white space. What stands between single quotes
// is kept whole: "git 'podman >= 4.1'" are two requests.
func SplitPackages(entry string) ([]string, error) {
	var out []string
	rest := entry
	for {
		plain, quoted, ok := strings.Cut(rest, "'")
		out = append(out, strings.Fields(plain)...)
		if !ok {
			return out, nil
		}
		name, after, ok := strings.Cut(quoted, "'")
		if !ok {
			return nil, fmt.Errorf("Missing terminating quote: %s", clip(entry))
		}
		if strings.TrimSpace(name) != "" {
			out = append(out, name)
		}
		rest = after
	}
}

func splitSet(lists ...[]string) (Set, error) {
	var out []string
	for _, list := range lists {
		for _, entry := range list {
			names, err := SplitPackages(entry)
			if err != nil {
				return nil, err
			}
			out = append(out, names...)
		}
	}
	return NewSet(out...), nil
}

// splitAllPackages collects the packages of a file in one list, those of arch included.
func splitAllPackages(c *Config, in *input, arch string) (err error) {
	var ofArch []string
	if arch != "" {
		ofArch = in.archPackages[arch]
	}
	if c.Packages, err = splitSet(c.Packages, in.Bootstrap, in.BootstrapKebab, ofArch); err != nil {
		return err
	}
	for i := range c.RepoPackages {
		if c.RepoPackages[i].Packages, err = splitSet(c.RepoPackages[i].Packages); err != nil {
			return err
		}
	}
	for i := range c.OverrideReplace {
		if c.OverrideReplace[i].Packages, err = splitSet(c.OverrideReplace[i].Packages); err != nil {
			return err
		}
	}
	return nil
}
