package xz

// Constants of the LZMA bit stream. Every binary decision is coded with an
// adaptive 11 bit probability (that the bit is 0) which moves by 1/32 of the
// remaining distance after each use.
const (
	probBits  = 11
	probOne   = 1 << probBits
	probInit  = probOne / 2
	moveBits  = 5
	rangeTop  = 1 << 24
	numStates = 12

	minMatch = 2   // shortest match with a new distance
	maxMatch = 273 // 2 + 8 + 8 + 256 - 1

	lenLow  = 8   // lengths 2..9, per position state
	lenMid  = 8   // lengths 10..17, per position state
	lenHigh = 256 // lengths 18..273

	lenStates      = 4  // distance models chosen by the match length 2, 3, 4, 5+
	numSlots       = 64 // 6 bit distance slots
	firstModelSlot = 4  // distances 0..3 are their own slot
	endModelSlot   = 14 // slots from here on have direct bits and 4 aligned ones
	fullDistances  = 128
	alignBits      = 4
	alignSize      = 1 << alignBits

	litSize     = 0x300
	maxPosState = 16
	maxLitState = 16 // LZMA2 demands lc+lp ≤ 4

	minDict = 4 << 10
	maxDict = 1<<32 - 1
)

// lenModel holds the probabilities of match lengths.
type lenModel struct {
	choice  uint16
	choice2 uint16
	low     [maxPosState][lenLow]uint16
	mid     [maxPosState][lenMid]uint16
	high    [lenHigh]uint16
}

// model holds all the probabilities of an LZMA stream. The encoder and the
// decoder walk through the same sequence of models.
type model struct {
	isMatch    [numStates][maxPosState]uint16
	isRep0Long [numStates][maxPosState]uint16
	isRep      [numStates]uint16
	isRepG0    [numStates]uint16
	isRepG1    [numStates]uint16
	isRepG2    [numStates]uint16
	slot       [lenStates][numSlots]uint16
	special    [fullDistances]uint16
	align      [alignSize]uint16
	matchLen   lenModel
	repLen     lenModel
	lit        [maxLitState][litSize]uint16
}

func fill(p []uint16) {
	for i := range p {
		p[i] = probInit
	}
}

func (m *lenModel) reset() {
	m.choice, m.choice2 = probInit, probInit
	for i := range m.low {
		fill(m.low[i][:])
		fill(m.mid[i][:])
	}
	fill(m.high[:])
}

// reset gives all the models the probability 1/2, the first litStates literal
// models included.
func (m *model) reset(litStates int) {
	for i := range m.isMatch {
		fill(m.isMatch[i][:])
		fill(m.isRep0Long[i][:])
	}
	fill(m.isRep[:])
	fill(m.isRepG0[:])
	fill(m.isRepG1[:])
	fill(m.isRepG2[:])
	for i := range m.slot {
		fill(m.slot[i][:])
	}
	fill(m.special[:])
	fill(m.align[:])
	m.matchLen.reset()
	m.repLen.reset()
	for i := range m.lit[:litStates] {
		fill(m.lit[i][:])
	}
}

// The state remembers the kinds of the last few symbols: 0..6 after a literal,
// 7..11 after a match. These functions give the state after a symbol.

func stateLiteral(s uint8) uint8 {
	switch {
	case s < 4:
		return 0
	case s < 10:
		return s - 3
	}
	return s - 6
}

func stateMatch(s uint8) uint8 {
	if s < 7 {
		return 7
	}
	return 10
}

func stateRep(s uint8) uint8 {
	if s < 7 {
		return 8
	}
	return 11
}

func stateShortRep(s uint8) uint8 {
	if s < 7 {
		return 9
	}
	return 11
}
