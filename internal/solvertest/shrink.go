package solvertest

import "slices"

// Shrink returns a smallest case for which fails still reports true: nothing that remains (a package, a dependency, a
// job, a flag, a setup line, a repository) can be taken away alone. A case that stops making sense, since a job names a
// package that was dropped, must make fails report false.
func Shrink(c *Case, fails func(*Case) bool) *Case {
	for {
		smaller := step(c, fails)
		if smaller == nil {
			return c
		}
		c = smaller
	}
}

// step tries every single removal, big pieces first, and keeps those after which the case still fails. It returns nil
// when there was none.
func step(c *Case, fails func(*Case) bool) *Case {
	changed := false
	try := func(edit func(*Case)) bool {
		n := c.clone()
		edit(n)
		if !fails(n) {
			return false
		}
		c, changed = n, true
		return true
	}
	for i := len(c.Repos) - 1; i >= 0; i-- {
		if c.Repos[i].Name != c.Installed {
			try(func(n *Case) { n.Repos = slices.Delete(n.Repos, i, i+1) })
		}
	}
	for r := range c.Repos {
		for i := len(c.Repos[r].Packages) - 1; i >= 0; i-- {
			try(func(n *Case) { n.Repos[r].Packages = slices.Delete(n.Repos[r].Packages, i, i+1) })
		}
	}
	shrinkList(c.Jobs, func(i int) bool {
		return try(func(n *Case) { n.Jobs = slices.Delete(n.Jobs, i, i+1) })
	})
	shrinkList(c.Flags, func(i int) bool {
		return try(func(n *Case) { n.Flags = slices.Delete(n.Flags, i, i+1) })
	})
	shrinkList(c.Setup, func(i int) bool {
		return try(func(n *Case) { n.Setup = slices.Delete(n.Setup, i, i+1) })
	})
	for r := range c.Repos {
		for p := range c.Repos[r].Packages {
			shrinkList(c.Repos[r].Packages[p].Lines, func(i int) bool {
				return try(func(n *Case) {
					pkg := n.Repos[r].Packages[p]
					pkg.Lines = slices.Delete(pkg.Lines, i, i+1)
				})
			})
		}
	}
	if !changed {
		return nil
	}
	return c
}

// shrinkList offers the positions of a list from the last to the first, so that a removal moves none still to be tried.
func shrinkList(list []string, try func(i int) bool) {
	for i := len(list) - 1; i >= 0; i-- {
		try(i)
	}
}
