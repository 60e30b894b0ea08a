#include "textflag.h"

// CRC-64 by carry-less multiplication: the message is a polynomial over GF(2),
// and 16 bytes of it may be moved on by n bits when their halves are
// multiplied by x^(n+64) and x^n modulo the polynomial of the CRC. In the bit order used here
// products come out multiplied by x, so that the constants are x^(n+63) and x^(n-1).

// n = 512
DATA ·fold64+0(SB)/8, $0x6ae3efbb9dd441f3
DATA ·fold64+8(SB)/8, $0x081f6054a7842df4
GLOBL ·fold64(SB), RODATA|NOPTR, $16

// n = 128
DATA ·fold16+0(SB)/8, $0xe05dd497ca393ae4
DATA ·fold16+8(SB)/8, $0xdabe95afc7875f40
GLOBL ·fold16(SB), RODATA|NOPTR, $16

// FOLD moves X by the constants in K, and adds NEXT.
#define FOLD(X, NEXT, K, T) \
	MOVOA     X, T; \
	PCLMULQDQ $0x00, K, X; \
	PCLMULQDQ $0x11, K, T; \
	PXOR      NEXT, X; \
	PXOR      T, X

// func foldCRC64(state uint64, p []byte, out *[16]byte)
TEXT ·foldCRC64(SB), NOSPLIT, $0-40
	MOVQ  state+0(FP), X4
	MOVQ  p_base+8(FP), SI
	MOVQ  p_len+16(FP), CX
	MOVQ  out+32(FP), DI
	MOVOU 0(SI), X0
	MOVOU 16(SI), X1
	MOVOU 32(SI), X2
	MOVOU 48(SI), X3
	PXOR  X4, X0
	MOVOU ·fold64(SB), X15
	JMP   next

loop:
	MOVOU 0(SI), X4
	MOVOU 16(SI), X5
	MOVOU 32(SI), X6
	MOVOU 48(SI), X7
	FOLD(X0, X4, X15, X8)
	FOLD(X1, X5, X15, X9)
	FOLD(X2, X6, X15, X10)
	FOLD(X3, X7, X15, X11)

next:
	ADDQ $64, SI
	SUBQ $64, CX
	JNZ  loop
	MOVOU ·fold16(SB), X15
	FOLD(X0, X1, X15, X8)
	FOLD(X0, X2, X15, X8)
	FOLD(X0, X3, X15, X8)
	MOVOU X0, (DI)
	RET
