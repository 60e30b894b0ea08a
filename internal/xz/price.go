package xz

import (
	"math"
	"math/bits"
)

// Prices are the costs of symbols in 1/16 bit under the current model.
const (
	priceShift = 6
	priceStep  = 4 // probabilities are looked up without their low bits
	infinite   = 1 << 30
)

// priceTable[p>>priceStep] is the price of a bit of probability p/2048.
var priceTable = makePriceTable()

func makePriceTable() (t [probOne >> priceStep]uint16) {
	for i := range t {
		p := (float64(i) + 0.5) / float64(len(t))
		t[i] = uint16(math.Round(-math.Log2(p) * (1 << priceShift)))
	}
	return t
}

func price0(p uint16) uint32 { return uint32(priceTable[p>>priceStep&(probOne>>priceStep-1)]) }

func price1(p uint16) uint32 {
	return uint32(priceTable[(probOne-1-p)>>priceStep&(probOne>>priceStep-1)])
}

func priceBit(p uint16, bit uint32) uint32 {
	return uint32(priceTable[(uint32(p)^-bit&(probOne-1))>>priceStep&(probOne>>priceStep-1)])
}

func priceTree(probs []uint16, n int, sym uint32) (price uint32) {
	for sym |= 1 << n; sym > 1; sym >>= 1 {
		price += priceBit(probs[sym>>1], sym&1)
	}
	return price
}

func priceReverse(probs []uint16, n int, sym uint32) (price uint32) {
	i := uint32(1)
	for ; n > 0; n-- {
		b := sym & 1
		sym >>= 1
		price += priceBit(probs[i], b)
		i = i<<1 | b
	}
	return price
}

func priceLiteral(probs *[litSize]uint16, sym uint32) (price uint32) {
	for sym |= 0x100; sym > 1; sym >>= 1 {
		price += priceBit(probs[sym>>1&0xff], sym&1)
	}
	return price
}

func priceMatched(probs *[litSize]uint16, sym, matchByte uint32) (price uint32) {
	off := uint32(0x100)
	sym |= 0x100
	for sym < 0x10000 {
		matchByte <<= 1
		price += priceBit(probs[off+(matchByte&off)+(sym>>8)], sym>>7&1)
		sym <<= 1
		off &^= matchByte ^ sym
	}
	return price
}

// slotOf returns the distance slot: twice the position of the highest bit
// plus the bit below it.
func slotOf(dist uint32) uint32 {
	if dist < firstModelSlot {
		return dist
	}
	n := uint32(bits.Len32(dist)) - 1
	return n<<1 | dist>>(n-1)&1
}

// lenPrices are the prices of lengths by position state.
type lenPrices struct {
	price [maxPosState][maxMatch - minMatch + 1]uint32
	count [maxPosState]int // symbols until the prices are computed again
}

func (p *lenPrices) update(m *lenModel, ps, n int) {
	c0, c1 := price0(m.choice), price1(m.choice)
	c10, c11 := c1+price0(m.choice2), c1+price1(m.choice2)
	t := &p.price[ps]
	for i := range n {
		switch {
		case i < lenLow:
			t[i] = c0 + priceTree(m.low[ps][:], 3, uint32(i))
		case i < lenLow+lenMid:
			t[i] = c10 + priceTree(m.mid[ps][:], 3, uint32(i-lenLow))
		default:
			t[i] = c11 + priceTree(m.high[:], 8, uint32(i-lenLow-lenMid))
		}
	}
	p.count[ps] = n / 4
}

// distPrices are the prices of distances by length state.
type distPrices struct {
	slot  [lenStates][numSlots]uint32 // with the direct bits
	full  [lenStates][fullDistances]uint32
	align [alignSize]uint32

	matches int // coded since the last update of slot and full
	aligned int // coded since the last update of align
}

func (p *distPrices) update(m *model, slots int) {
	for ls := range lenStates {
		t := &p.slot[ls]
		for s := range slots {
			t[s] = priceTree(m.slot[ls][:], 6, uint32(s))
			if s >= endModelSlot {
				t[s] += uint32(s>>1-1-alignBits) << priceShift
			}
		}
	}
	for d := range uint32(fullDistances) {
		s := slotOf(d)
		extra := uint32(0)
		if s >= firstModelSlot {
			n := int(s>>1 - 1)
			base := (2 | s&1) << n
			extra = priceReverse(m.special[base-s:], n, d-base)
		}
		for ls := range lenStates {
			p.full[ls][d] = p.slot[ls][s] + extra
		}
	}
	p.matches = 0
}

func (p *distPrices) updateAlign(m *model) {
	for i := range uint32(alignSize) {
		p.align[i] = priceReverse(m.align[:], alignBits, i)
	}
	p.aligned = 0
}

// price of a distance in the length state ls.
func (p *distPrices) price(dist uint32, ls int) uint32 {
	if dist < fullDistances {
		return p.full[ls][dist]
	}
	return p.slot[ls][slotOf(dist)&(numSlots-1)] + p.align[dist&(alignSize-1)]
}
