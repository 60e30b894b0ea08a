package jsontree

import "sort"

// Finder finds nodes by keys and indices. What it learns about large arrays and
// objects it keeps, so that many searches take linear time altogether. It is not
// for concurrent use.
type Finder struct {
	tree    *Tree
	arrays  map[Node][]Node
	objects map[Node]map[string]Node
	lines   []int32 // offsets of the starts of lines
}

// NewFinder returns a finder for t.
func NewFinder(t *Tree) *Finder { return &Finder{tree: t} }

const small = 8 // children that are searched one by one

// Member is the child of object n with the key, the last one of several.
func (f *Finder) Member(n Node, key string) (Node, bool) {
	t := f.tree
	if t.Kind(n) != Object {
		return 0, false
	}
	if t.Len(n) > small {
		child, ok := f.index(n)[key]
		return child, ok
	}
	found := Node(0)
	for c := t.First(n); c < t.End(n); c = t.Next(c) {
		if t.Key(c) == key {
			found = c
		}
	}
	return found, found > 0
}

func (f *Finder) index(n Node) map[string]Node {
	if m, ok := f.objects[n]; ok {
		return m
	}
	t := f.tree
	m := make(map[string]Node, t.Len(n))
	for c := t.First(n); c < t.End(n); c = t.Next(c) {
		m[t.Key(c)] = c
	}
	if f.objects == nil {
		f.objects = map[Node]map[string]Node{}
	}
	f.objects[n] = m
	return m
}

// Members calls fn for each key of object n in the order of the text; of several
// equal keys for the last.
func (f *Finder) Members(n Node, fn func(key string, child Node)) {
	t := f.tree
	for c := t.First(n); c < t.End(n); c = t.Next(c) {
		key := t.Key(c)
		if last, _ := f.Member(n, key); last == c {
			fn(key, c)
		}
	}
}

// Element is the child of array n with the index.
func (f *Finder) Element(n Node, i int) (Node, bool) {
	t := f.tree
	if t.Kind(n) != Array || i < 0 || i >= t.Len(n) {
		return 0, false
	}
	if t.Len(n) > small {
		return f.elements(n)[i], true
	}
	c := t.First(n)
	for ; i > 0; i-- {
		c = t.Next(c)
	}
	return c, true
}

func (f *Finder) elements(n Node) []Node {
	if e, ok := f.arrays[n]; ok {
		return e
	}
	t := f.tree
	e := make([]Node, 0, t.Len(n))
	for c := t.First(n); c < t.End(n); c = t.Next(c) {
		e = append(e, c)
	}
	if f.arrays == nil {
		f.arrays = map[Node][]Node{}
	}
	f.arrays[n] = e
	return e
}

// Deepest follows a path of keys (string) and indices (int) from the root as far
// as it exists.
func (f *Finder) Deepest(path []any) Node {
	n := Node(0)
	for _, e := range path {
		next, ok := Node(0), false
		switch e := e.(type) {
		case string:
			next, ok = f.Member(n, e)
		case int:
			next, ok = f.Element(n, e)
		}
		if !ok {
			break
		}
		n = next
	}
	return n
}

// LineCol is the position of a byte of the text, both counted from 1, columns in
// bytes. Beyond the text it is 0, 0.
func (f *Finder) LineCol(offset int) (line, col int) {
	if f.lines == nil {
		f.lines = Lines(f.tree.text)
	}
	return LineCol(f.lines, len(f.tree.text), offset)
}

// Lines are the offsets at which the lines of a text begin.
func Lines(text string) []int32 {
	lines := []int32{0}
	for i := range len(text) {
		if text[i] == '\n' {
			lines = append(lines, int32(i+1))
		}
	}
	return lines
}

// LineCol is the position of a byte in a text of the given length.
func LineCol(lines []int32, length, offset int) (line, col int) {
	if offset < 0 || offset >= length {
		return 0, 0
	}
	line = sort.Search(len(lines), func(i int) bool { return int(lines[i]) > offset })
	return line, offset - int(lines[line-1]) + 1
}
