#include "go_asm.h"
#include "textflag.h"

// The inner loop of the LZMA decoder; decodeGo says what it does.
//
// A bit tree is a chain: the bit decides which probability is next, which
// decides the bound that decides the next bit. The loads are taken out of that
// chain: both possible next probabilities are loaded, and the bit selects. No
// branch depends on the bits of a tree, which are hard to predict.

// Registers that keep their meaning:
#define RNG   R8
#define CODE  R9
#define IN    SI // next byte of the packed data
#define OUT   DI // next byte of the data
#define D     R11 // the decoder, whose first field is the model
#define STATE R14
#define REP0  BP
#define PROBS BX // of the tree
#define SYM   DX // path in the tree, with a 1 in front
// All others are temporary: AX, CX, R10, R12, R13, R15.

// Offsets in lzmaDecoder.
#define oRange (lzmaDecoder_r+rangeDecoder_rng)
#define oCode  (lzmaDecoder_r+rangeDecoder_code)
#define oInPos (lzmaDecoder_r+rangeDecoder_pos)
#define oBuf   (lzmaDecoder_window+window_buf)
#define oSize  (lzmaDecoder_window+window_size)
#define oPos   (lzmaDecoder_window+window_pos)
#define oBase  (lzmaDecoder_window+window_base)

// NORM refills the range. The byte goes to the low bits of the code.
#define NORM \
	CMPL RNG, $0x1000000; \
	JCC  5(PC); \
	SHLL $8, CODE; \
	MOVB (IN), CODE; \
	SHLL $8, RNG; \
	INCQ IN

// DECIDE decodes a bit of probability P: no carry means 1. The range and the
// code are updated, R10 is what must be subtracted from P, times 32. Instructions which
// change no flags may follow.
#define DECIDE(P) \
	MOVL    RNG, CX; \
	SHRL    $11, RNG; \
	IMULL   P, RNG; \
	LEAL    -2017(P), R10; \
	MOVL    CODE, R15; \
	SUBL    RNG, CX; \
	SUBL    RNG, CODE; \
	CMOVLCC CX, RNG; \
	CMOVLCS R15, CODE; \
	CMOVLCC P, R10

// ADAPT ends a bit: SYM goes on by it, P becomes the new probability.
#define ADAPT(P) \
	MOVL SYM, R13; \
	LEAL (SYM)(SYM*1), SYM; \
	SBBL $-1, SYM; \
	SARL $5, R10; \
	SUBL R10, P; \
	MOVW P, (PROBS)(R13*2)

// BIT decodes a bit of a tree with probability P; the next one will be NEXT.
#define BIT(P, NEXT) \
	NORM; \
	MOVWLZX (PROBS)(SYM*4), NEXT; \
	MOVWLZX 2(PROBS)(SYM*4), R13; \
	DECIDE(P); \
	CMOVLCC R13, NEXT; \
	ADAPT(P)

// LAST decodes the last bit of a tree.
#define LAST(P) \
	NORM; \
	DECIDE(P); \
	ADAPT(P)

#define ROOT \
	MOVL    $1, SYM; \
	MOVWLZX 2(PROBS), AX

#define TREE3 \
	ROOT; \
	BIT(AX, R12); \
	BIT(R12, AX); \
	LAST(AX)

#define TREE6 \
	ROOT; \
	BIT(AX, R12); \
	BIT(R12, AX); \
	BIT(AX, R12); \
	BIT(R12, AX); \
	BIT(AX, R12); \
	LAST(R12)

#define TREE8 \
	ROOT; \
	BIT(AX, R12); \
	BIT(R12, AX); \
	BIT(AX, R12); \
	BIT(R12, AX); \
	BIT(AX, R12); \
	BIT(R12, AX); \
	BIT(AX, R12); \
	LAST(R12)

// MATCHED decodes a bit of a literal after a match: R12 is the byte at the last
// distance, R13 is 0x100 as long as the literal is like it. R11 and R14 are
// used.
#define MATCHED \
	ADDL    R12, R12; \
	MOVL    R12, R14; \
	ANDL    R13, R14; \
	LEAL    (R13)(R14*1), R11; \
	ADDL    SYM, R11; \
	MOVWLZX (PROBS)(R11*2), AX; \
	NORM; \
	XORL    R14, R13; \
	LEAL    (SYM)(SYM*1), SYM; \
	DECIDE(AX); \
	CMOVLCC R14, R13; \
	SBBL    $-1, SYM; \
	SARL    $5, R10; \
	SUBL    R10, AX; \
	MOVW    AX, (PROBS)(R11*2)

// TEST decodes a bit that steers, with the probability at R12: no carry means
// 1. ZERO or ONE must follow.
#define TEST \
	NORM; \
	MOVWLZX (R12), AX; \
	MOVL    RNG, CX; \
	SHRL    $11, CX; \
	IMULL   AX, CX; \
	CMPL    CODE, CX

#define ZERO \
	MOVL CX, RNG; \
	MOVL $2048, CX; \
	SUBL AX, CX; \
	SHRL $5, CX; \
	ADDL CX, AX; \
	MOVW AX, (R12)

#define ONE \
	SUBL CX, RNG; \
	SUBL CX, CODE; \
	MOVL AX, CX; \
	SHRL $5, CX; \
	SUBL CX, AX; \
	MOVW AX, (R12)

// LENGTH decodes a length to SYM with the model at PROBS.
#define LENGTH(middle, high, done) \
	MOVQ PROBS, R12; \
	TEST; \
	JCC  middle; \
	ZERO; \
	MOVL ps-8(SP), CX; \
	SHLL $4, CX; \
	LEAQ lenModel_low(PROBS)(CX*1), PROBS; \
	TREE3; \
	SUBL $(8-2), SYM; \
	JMP  done; \
middle: \
	ONE; \
	LEAQ lenModel_choice2(PROBS), R12; \
	TEST; \
	JCC  high; \
	ZERO; \
	MOVL ps-8(SP), CX; \
	SHLL $4, CX; \
	LEAQ lenModel_mid(PROBS)(CX*1), PROBS; \
	TREE3; \
	ADDL $(-8+8+2), SYM; \
	JMP  done; \
high: \
	ONE; \
	LEAQ lenModel_high(PROBS), PROBS; \
	TREE8; \
	SUBL $(256-16-2), SYM; \
done:

// CHECKDIST verifies that there is a byte at the last distance. It leaves its
// address, before wrapping around, in R13.
#define CHECKDIST \
	MOVQ    at-16(SP), CX; \
	ADDQ    OUT, CX; \
	MOVQ    dict-24(SP), AX; \
	CMPQ    CX, AX; \
	CMOVQHI AX, CX; \
	CMPQ    REP0, CX; \
	JCC     fail; \
	MOVQ    OUT, R13; \
	SUBQ    REP0, R13; \
	DECQ    R13

// func decodeLoop(d *lzmaDecoder, in *packed, end int) bool
TEXT ·decodeLoop(SB), NOSPLIT, $128-25
	MOVQ d+0(FP), D
	MOVQ in+8(FP), IN
	MOVQ lzmaDecoder_n(D), AX
	ADDQ IN, AX
	MOVQ AX, inEnd-32(SP)
	ADDQ oInPos(D), IN
	MOVQ oBuf(D), OUT
	MOVQ OUT, buf-40(SP)
	MOVQ OUT, AX
	ADDQ end+16(FP), AX
	MOVQ AX, outEnd-48(SP)
	MOVQ oBase(D), AX       // at + address = bytes since the reset
	SUBQ OUT, AX
	MOVQ AX, at-16(SP)
	ADDQ oPos(D), OUT
	MOVQ oSize(D), AX
	MOVQ AX, size-56(SP)
	MOVQ lzmaDecoder_dict(D), AX
	MOVQ AX, dict-24(SP)

	MOVBLZX lzmaDecoder_params+params_pb(D), CX
	MOVL    $1, AX
	SHLL    CX, AX
	DECL    AX
	MOVL    AX, posMask-64(SP)
	MOVBLZX lzmaDecoder_params+params_lp(D), CX
	MOVL    $0x100, AX
	SHLL    CX, AX
	MOVBLZX lzmaDecoder_params+params_lc(D), CX
	MOVL    CX, lc-72(SP)
	MOVL    $0x100, DX
	SHRL    CX, DX
	SUBL    DX, AX
	MOVL    AX, litMask-80(SP)

	MOVL    oRange(D), RNG
	MOVL    oCode(D), CODE
	MOVBLZX lzmaDecoder_state(D), STATE
	MOVL    lzmaDecoder_reps(D), REP0

symbol:
	CMPQ OUT, outEnd-48(SP)
	JCC  done
	CMPQ IN, inEnd-32(SP)
	JHI  fail

	// isMatch[state][position]
	MOVQ at-16(SP), R10
	ADDQ OUT, R10
	MOVL posMask-64(SP), CX
	ANDL R10, CX
	MOVL CX, ps-8(SP)
	MOVL STATE, AX
	SHLL $4, AX
	ADDL CX, AX
	LEAQ model_isMatch(D)(AX*2), R12
	TEST
	JCC  match
	ZERO

	// A literal: its tree depends on the position and the byte before.
	MOVBLZX -1(OUT), AX
	SHLL    $8, R10
	ADDL    AX, R10
	ANDL    litMask-80(SP), R10
	MOVL    lc-72(SP), CX
	SHLL    CX, R10
	LEAL    (R10)(R10*2), R10
	LEAQ    model_lit(D)(R10*2), PROBS
	CMPL    STATE, $7
	JCC     matched

	TREE8
	MOVB    SYM, (OUT)
	INCQ    OUT
	XORL    AX, AX
	SUBL    $3, STATE
	CMOVLCS AX, STATE
	JMP     symbol

matched:
	LEAL    -3(STATE), AX
	LEAL    -6(STATE), CX
	CMPL    STATE, $10
	CMOVLCS AX, CX
	MOVL    CX, newState-88(SP)
	MOVQ    OUT, R13
	SUBQ    REP0, R13
	DECQ    R13
	CMPQ    R13, buf-40(SP)
	JCC     2(PC)
	ADDQ    size-56(SP), R13
	MOVBLZX (R13), R12
	MOVL    $0x100, R13
	MOVL    $1, SYM
	MATCHED
	MATCHED
	MATCHED
	MATCHED
	MATCHED
	MATCHED
	MATCHED
	MATCHED
	MOVB    SYM, (OUT)
	INCQ    OUT
	MOVQ    d+0(FP), D
	MOVL    newState-88(SP), STATE
	JMP     symbol

match:
	ONE
	LEAQ model_isRep(D)(STATE*2), R12
	TEST
	JCC  rep
	ZERO

	// A match with a new distance.
	MOVL lzmaDecoder_reps+4(D), AX
	MOVL lzmaDecoder_reps+8(D), CX
	MOVL REP0, lzmaDecoder_reps+4(D)
	MOVL AX, lzmaDecoder_reps+8(D)
	MOVL CX, lzmaDecoder_reps+12(D)
	MOVL $7, AX
	MOVL $10, CX
	CMPL STATE, $7
	CMOVLCS AX, CX
	MOVL CX, STATE
	LEAQ model_matchLen(D), PROBS
	LENGTH(matchMiddle, matchHigh, matchLength)
	MOVL SYM, len-96(SP)
	SUBL $2, SYM
	MOVL $3, AX
	CMPL SYM, AX
	CMOVLHI AX, SYM
	SHLL $7, SYM
	LEAQ model_slot(D)(SYM*1), PROBS
	TREE6
	SUBL $64, SYM
	CMPL SYM, $4
	JCC  far
	MOVL SYM, REP0
	JMP  copy

far:
	MOVL SYM, CX
	MOVL SYM, AX
	SHRL $1, CX
	DECL CX           // bits to come
	ANDL $1, SYM
	ORL  $2, SYM
	CMPL AX, $14
	JCC  direct

	// They all are in a tree, the lowest bit first.
	MOVL CX, bits-104(SP)
	SHLL CX, SYM
	MOVL SYM, REP0
	SUBL AX, SYM
	LEAQ model_special(D)(SYM*2), PROBS
	ROOT

special:
	BIT(AX, R12)
	MOVL R12, AX
	DECL bits-104(SP)
	JNZ  special
	LEAQ ·reversed(SB), AX
	MOVBLZX (AX)(SYM*1), AX
	ADDL AX, REP0
	JMP  copy

direct:
	// Those but the last four have the probability 1/2.
	SUBL $4, CX

half:
	NORM
	SHRL    $1, RNG
	LEAL    (SYM)(SYM*1), SYM
	MOVL    CODE, R15
	SUBL    RNG, CODE
	CMOVLCS R15, CODE
	SBBL    $-1, SYM
	DECL    CX
	JNZ     half
	SHLL    $4, SYM
	MOVL    SYM, REP0
	LEAQ    model_align(D), PROBS
	ROOT
	BIT(AX, R12)
	BIT(R12, AX)
	BIT(AX, R12)
	LAST(R12)
	LEAQ    ·reversed(SB), AX
	MOVBLZX (AX)(SYM*1), AX
	ADDL    AX, REP0
	JMP     copy

rep:
	ONE
	LEAQ model_isRepG0(D)(STATE*2), R12
	TEST
	JCC  other
	ZERO
	MOVL STATE, AX
	SHLL $4, AX
	ADDL ps-8(SP), AX
	LEAQ model_isRep0Long(D)(AX*2), R12
	TEST
	JCC  repLong
	ZERO

	// One byte at the last distance.
	CHECKDIST
	CMPQ    R13, buf-40(SP)
	JCC     2(PC)
	ADDQ    size-56(SP), R13
	MOVBLZX (R13), AX
	MOVB    AX, (OUT)
	INCQ    OUT
	MOVL    $9, AX
	MOVL    $11, CX
	CMPL    STATE, $7
	CMOVLCS AX, CX
	MOVL    CX, STATE
	JMP     symbol

repLong:
	ONE
	JMP repLength

other:
	ONE
	LEAQ model_isRepG1(D)(STATE*2), R12
	TEST
	JCC  older
	ZERO
	MOVL lzmaDecoder_reps+4(D), AX
	MOVL REP0, lzmaDecoder_reps+4(D)
	MOVL AX, REP0
	JMP  repLength

older:
	ONE
	LEAQ model_isRepG2(D)(STATE*2), R12
	TEST
	JCC  oldest
	ZERO
	MOVL lzmaDecoder_reps+4(D), AX
	MOVL lzmaDecoder_reps+8(D), CX
	MOVL REP0, lzmaDecoder_reps+4(D)
	MOVL AX, lzmaDecoder_reps+8(D)
	MOVL CX, REP0
	JMP  repLength

oldest:
	ONE
	MOVL lzmaDecoder_reps+4(D), AX
	MOVL lzmaDecoder_reps+8(D), CX
	MOVL lzmaDecoder_reps+12(D), DX
	MOVL REP0, lzmaDecoder_reps+4(D)
	MOVL AX, lzmaDecoder_reps+8(D)
	MOVL CX, lzmaDecoder_reps+12(D)
	MOVL DX, REP0

repLength:
	MOVL $8, AX
	MOVL $11, CX
	CMPL STATE, $7
	CMOVLCS AX, CX
	MOVL CX, STATE
	LEAQ model_repLen(D), PROBS
	LENGTH(repMiddle, repHigh, repDone)
	MOVL SYM, len-96(SP)

copy:
	CHECKDIST
	MOVL len-96(SP), DX
	ADDQ OUT, DX                // where the match ends
	CMPQ R13, buf-40(SP)
	JCS  wrapped
	CMPQ REP0, $15
	JCS  near

copy16:
	MOVOU (R13), X0
	MOVOU X0, (OUT)
	ADDQ  $16, OUT
	ADDQ  $16, R13
	CMPQ  OUT, DX
	JCS   copy16
	MOVQ  DX, OUT
	JMP   symbol

near:
	// The data repeat after 1 to 15 bytes.
	TESTQ REP0, REP0
	JZ    run
	CMPQ  REP0, $7
	JCC   copy8
	LEAQ  ·repeats(SB), AX
	MOVBLZX (AX)(REP0*1), CX    // bytes until they also do after 8 or more
	ADDQ  OUT, CX
	MOVQ  R13, R12

copy1:
	MOVBLZX (R13), AX
	MOVB    AX, (OUT)
	INCQ    R13
	INCQ    OUT
	CMPQ    OUT, CX
	JCS     copy1
	MOVQ    R12, R13
	CMPQ    OUT, DX
	JCC     copied

copy8:
	MOVQ (R13), AX
	MOVQ AX, (OUT)
	ADDQ $8, OUT
	ADDQ $8, R13
	CMPQ OUT, DX
	JCS  copy8

copied:
	MOVQ DX, OUT
	JMP  symbol

run:
	MOVBLZX   (R13), AX
	MOVQ      $0x0101010101010101, CX
	IMULQ     CX, AX
	MOVQ      AX, X0
	PUNPCKLQDQ X0, X0

run16:
	MOVOU X0, (OUT)
	ADDQ  $16, OUT
	CMPQ  OUT, DX
	JCS   run16
	MOVQ  DX, OUT
	JMP   symbol

wrapped:
	// The data are at the end of the ring, and may go on at its beginning.
	ADDQ size-56(SP), R13
	MOVQ buf-40(SP), CX
	ADDQ size-56(SP), CX
	MOVQ DX, AX
	SUBQ OUT, AX
	ADDQ R13, AX
	CMPQ AX, CX
	JLS  copy16

copyWrap:
	MOVBLZX (R13), AX
	MOVB    AX, (OUT)
	INCQ    OUT
	INCQ    R13
	CMPQ    R13, CX
	JNE     2(PC)
	MOVQ    buf-40(SP), R13
	CMPQ    OUT, DX
	JCS     copyWrap
	JMP     symbol

done:
	CMPQ IN, inEnd-32(SP)
	JHI  fail
	MOVL RNG, oRange(D)
	MOVL CODE, oCode(D)
	SUBQ in+8(FP), IN
	MOVQ IN, oInPos(D)
	MOVBLZX -1(OUT), AX
	MOVB AX, lzmaDecoder_prev(D)
	SUBQ buf-40(SP), OUT
	MOVQ OUT, oPos(D)
	MOVB STATE, lzmaDecoder_state(D)
	MOVL REP0, lzmaDecoder_reps(D)
	MOVB $1, ret+24(FP)
	RET

fail:
	MOVB $0, ret+24(FP)
	RET

// The bits behind the first 1, in reverse order.
DATA ·reversed+0(SB)/8, $0x0301020001000000
DATA ·reversed+8(SB)/8, $0x0703050106020400
DATA ·reversed+16(SB)/8, $0x0e060a020c040800
DATA ·reversed+24(SB)/8, $0x0f070b030d050901
DATA ·reversed+32(SB)/8, $0x1c0c140418081000
DATA ·reversed+40(SB)/8, $0x1e0e16061a0a1202
DATA ·reversed+48(SB)/8, $0x1d0d150519091101
DATA ·reversed+56(SB)/8, $0x1f0f17071b0b1303
GLOBL ·reversed(SB), RODATA|NOPTR, $64

// The smallest multiple of a distance that is 8 or more, less the distance; by
// the distance less 1.
DATA ·repeats+0(SB)/8, $0x0007060504060607
GLOBL ·repeats(SB), RODATA|NOPTR, $8
