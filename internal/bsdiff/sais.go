package bsdiff

// suffixArray returns the positions of the suffixes of text in lexical order;
// a suffix comes before the longer ones that it begins. It takes linear time
// (the induced sorting of Nong, Zhang and Chan) and little memory besides the
// result. len(text) must be below 1<<31.
func suffixArray(text []byte) []int32 {
	sa := make([]int32, len(text))
	induceSort(text, sa, make([]int32, 256))
	return sa
}

// induceSort sorts the suffixes of text into sa. The symbols are below
// len(bucket), which is scratch space.
//
// A suffix is of type S if it is less than the one that follows in text, else
// of type L (the last one is L). In each bucket of suffixes with the same first
// symbol the L ones come first. An S suffix after an L one is a leftmost S (LMS);
// from the order of these that of all others follows.
func induceSort[E byte | int32](text []E, sa, bucket []int32) {
	n := len(text)
	if n < 2 {
		clear(sa)
		return
	}
	clear(sa)
	bucketEnds(text, bucket)
	m := 0
	lms(text, func(p int) {
		c := text[p]
		bucket[c]--
		sa[bucket[c]] = int32(p)
		m++
	})
	if m > 1 {
		induceSubstrings(text, sa, bucket)
		sortLMS(text, sa, m)
		placeLMS(text, sa, bucket, m)
	}
	induceAll(text, sa, bucket)
}

// lms calls f for each LMS position, from the last one to the first.
func lms[E byte | int32](text []E, f func(p int)) {
	next, s := text[len(text)-1], false
	for i := len(text) - 2; i >= 0; i-- {
		c := text[i]
		switch {
		case c < next:
			s = true
		case c > next:
			if s {
				f(i + 1)
			}
			s = false
		}
		next = c
	}
}

// bucketStarts sets bucket to where each bucket begins.
func bucketStarts[E byte | int32](text []E, bucket []int32) {
	bucketEnds(text, bucket)
	for _, c := range text {
		bucket[c]--
	}
}

// bucketEnds sets bucket to where each bucket ends.
func bucketEnds[E byte | int32](text []E, bucket []int32) {
	clear(bucket)
	for _, c := range text {
		bucket[c]++
	}
	sum := int32(0)
	for i, n := range bucket {
		sum += n
		bucket[i] = sum
	}
}

// induceSubstrings sorts the LMS substrings, each of which reaches from one
// LMS position to the next, from the LMS positions at the ends of their
// buckets. The result is their positions, complemented, among zeros.
//
// Here and in induceAll, an entry is complemented while the suffix before it in
// text has the type that the current pass does not place.
func induceSubstrings[E byte | int32](text []E, sa, bucket []int32) {
	n := len(text)
	bucketStarts(text, bucket)
	placeL(text, sa, bucket, n)
	for i := range sa {
		j := sa[i]
		if j > 0 {
			placeL(text, sa, bucket, int(j))
			sa[i] = 0
		} else if j < 0 {
			sa[i] = ^j
		}
	}
	bucketEnds(text, bucket)
	for i := n - 1; i >= 0; i-- {
		j := sa[i]
		if j <= 0 {
			continue
		}
		sa[i] = 0
		p := j - 1
		c := text[p]
		bucket[c]--
		if p > 0 && text[p-1] > c {
			p = ^p
		}
		sa[bucket[c]] = p
	}
}

// placeL enters the suffix at j-1, which is of type L.
func placeL[E byte | int32](text []E, sa, bucket []int32, j int) {
	p := int32(j - 1)
	c := text[p]
	b := bucket[c]
	bucket[c]++
	if p > 0 && text[p-1] < c {
		p = ^p
	}
	sa[b] = p
}

// sortLMS turns the sorted LMS substrings into the m sorted LMS suffixes, at
// the start of sa: equal substrings get the same name, and the order of the
// suffixes is that of the string of these names.
func sortLMS[E byte | int32](text []E, sa []int32, m int) {
	n := len(text)
	i := 0
	for _, j := range sa {
		if j < 0 {
			sa[i] = ^j
			i++
		}
	}
	clear(sa[m:])
	names := nameLMS(text, sa, m)
	if names == m {
		return
	}
	// LMS positions are at least two apart: sa[m+p/2] is the name of p.
	reduced := sa[n-m:]
	k := m
	for i := n - 1; k > 0; i-- {
		if sa[i] != 0 {
			k--
			reduced[k] = sa[i] - 1
		}
	}
	var bucket []int32
	if free := sa[m : n-m]; len(free) >= names {
		bucket = free[:names]
	} else {
		bucket = make([]int32, names)
	}
	induceSort(reduced, sa[:m], bucket)
	k = m
	lms(text, func(p int) {
		k--
		reduced[k] = int32(p)
	})
	for i, r := range sa[:m] {
		sa[i] = reduced[r]
	}
}

// nameLMS numbers the m sorted LMS substrings at the start of sa from 1 on, and
// leaves the name of the one at p in sa[m+p/2]. It returns the largest name.
func nameLMS[E byte | int32](text []E, sa []int32, m int) int {
	n := len(text)
	next := n // the length of the last one includes the end, which is unlike any symbol
	lms(text, func(p int) {
		sa[m+p>>1] = int32(next - p + 1)
		next = p
	})
	name, last, lastLen := 0, 0, 0
	for _, v := range sa[:m] {
		p := int(v)
		l := int(sa[m+p>>1])
		same := l == lastLen && p+l <= n && last+l <= n
		for i := 0; same && i < l; i++ {
			same = text[p+i] == text[last+i]
		}
		if !same {
			name++
			last, lastLen = p, l
		}
		sa[m+p>>1] = int32(name)
	}
	return name
}

// placeLMS moves the m sorted LMS suffixes to the ends of their buckets.
func placeLMS[E byte | int32](text []E, sa, bucket []int32, m int) {
	clear(sa[m:])
	bucketEnds(text, bucket)
	for i := m - 1; i >= 0; i-- {
		p := sa[i]
		sa[i] = 0
		c := text[p]
		bucket[c]--
		sa[bucket[c]] = p
	}
}

// induceAll sorts all suffixes from the sorted LMS ones.
func induceAll[E byte | int32](text []E, sa, bucket []int32) {
	n := len(text)
	bucketStarts(text, bucket)
	placeL(text, sa, bucket, n)
	for i := range sa {
		j := sa[i]
		sa[i] = ^j
		if j > 0 {
			placeL(text, sa, bucket, int(j))
		}
	}
	bucketEnds(text, bucket)
	for i := n - 1; i >= 0; i-- {
		j := sa[i]
		if j <= 0 {
			sa[i] = ^j
			continue
		}
		p := j - 1
		c := text[p]
		bucket[c]--
		if p == 0 || text[p-1] > c {
			p = ^p
		}
		sa[bucket[c]] = p
	}
}
