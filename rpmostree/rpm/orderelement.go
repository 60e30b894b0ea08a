package rpm

import (
	"github.com/nestos-dev/nestos/rpmostree/rpm/order"
)

// Colors of files and dependencies: the word size of the programs that they belong to.
const (
	Color32 uint32 = 1
	Color64 uint32 = 2
)

// depColors returns the colours of provides and requires by their index: those of the files that they were found in.
// Indexes that point nowhere are ignored.
// Files have slices of one list, which rpm never shares between them: what exceeds it many times is nonsense.
func (h *Header) depColors(files []File) (provides, requires map[uint32]uint32) {
	first, count, dict := h.Uint32s(TagFileDependsX), h.Uint32s(TagFileDependsN), h.Uint32s(TagDependsDict)
	provides, requires = make(map[uint32]uint32), make(map[uint32]uint32)
	budget := 16 * uint64(len(dict))
	for i := range files {
		if files[i].Color == 0 || i >= len(first) || i >= len(count) {
			continue
		}
		from := uint64(first[i])
		to := from + uint64(count[i])
		if to > uint64(len(dict)) || to-from > budget {
			continue
		}
		budget -= to - from
		for _, word := range dict[from:to] {
			index := word & 0xffffff
			switch word >> 24 {
			case 'P':
				provides[index] |= files[i].Color
			case 'R':
				requires[index] |= files[i].Color
			}
		}
	}
	return provides, requires
}

// OrderElement describes the package for package order, which sorts a transaction. The element is one to install; set
// Erase for one to remove.
func OrderElement(h *Header) (order.Element, error) {
	files, err := h.Files()
	if err != nil {
		return order.Element{}, err
	}
	provides, requires := h.depColors(files)
	e := order.Element{NEVRA: h.NEVRA().String(), Files: make([]order.File, len(files))}
	for i := range files {
		e.Files[i] = order.File{Path: files[i].Path, Color: files[i].Color}
	}
	colored := func(kind DepKind, colors map[uint32]uint32) []order.Dep {
		deps := h.Deps(kind)
		list := make([]order.Dep, len(deps))
		for i := range deps {
			list[i] = order.Dep{Dep: deps[i], Color: colors[uint32(i)]}
		}
		return list
	}
	e.Provides, e.Requires = colored(Provides, provides), colored(Requires, requires)
	e.Recommends, e.Suggests = colored(Recommends, nil), colored(Suggests, nil)
	e.Supplements, e.Enhances, e.Order = colored(Supplements, nil), colored(Enhances, nil), colored(Order, nil)
	return e, nil
}
