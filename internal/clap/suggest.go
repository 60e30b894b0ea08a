package clap

import (
	"slices"
	"unicode/utf8"
)

// minSimilarity is the Jaro similarity above which a name is suggested.
const minSimilarity = 0.7

// similar returns the names that resemble text, the best one last.
func similar(text string, names []string) []string {
	type candidate struct {
		name  string
		score float64
	}
	var found []candidate
	for _, name := range names {
		if score := jaro(text, name); score > minSimilarity {
			found = append(found, candidate{name, score})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		switch {
		case a.score < b.score:
			return -1
		case a.score > b.score:
			return 1
		}
		return 0
	})
	list := make([]string, len(found))
	for i, c := range found {
		list[i] = c.name
	}
	return list
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// maxCompared bounds the work on absurdly long arguments, which resemble nothing.
const maxCompared = 1 << 10

// jaro returns the Jaro similarity of two texts: 0 for nothing in common, 1 for equal ones.
func jaro(a, b string) float64 {
	if utf8.RuneCountInString(a) > maxCompared {
		return 0
	}
	ra, rb := []rune(a), []rune(b)
	if len(ra) == 0 && len(rb) == 0 {
		return 1
	}
	if len(ra) == 0 || len(rb) == 0 {
		return 0
	}
	window := max(max(len(ra), len(rb))/2-1, 0)
	inA, inB := make([]bool, len(ra)), make([]bool, len(rb))
	matches := 0
	for i, r := range ra {
		for j := max(0, i-window); j < min(len(rb), i+window+1); j++ {
			if !inB[j] && rb[j] == r {
				inA[i], inB[j] = true, true
				matches++
				break
			}
		}
	}
	if matches == 0 {
		return 0
	}
	m := float64(matches)
	return (m/float64(len(ra)) + m/float64(len(rb)) + (m-float64(transposed(ra, rb, inA, inB)))/m) / 3
}

// transposed counts half the matching characters that stand in another order.
func transposed(a, b []rune, inA, inB []bool) int {
	n, j := 0, 0
	for i := range a {
		if !inA[i] {
			continue
		}
		for !inB[j] {
			j++
		}
		if a[i] != b[j] {
			n++
		}
		j++
	}
	return n / 2
}
