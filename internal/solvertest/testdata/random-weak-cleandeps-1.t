repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: C 2 1 noarch
#>=Prv: C = 2-1
#>=Req: C < 2-1
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Prv: V
#>=Req: A
#>=Tim: 200
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Tim: 100
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Req: D <> 2-2
#>=Req: W > 2-2
#>=Tim: 100
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Sup: D
#>=Sup: B
#>=Sup: B
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: C <= 2-1
#>=Rec: V
#>=Tim: 100
#>=Pkg: D 3 2 noarch
#>=Prv: D = 3-2
#>=Sup: C
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Prq: X
#>=Req: A >= 2-1
#>=Tim: 100
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Sug: nosuch
#>=Rec: A
#>=Sup: A
#>=Tim: 100
system unset rpm system
job install pkg D-3-1.noarch@r1
job install name A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name C
#>install A-1-1.noarch@r2
#>job install name A
#>job install pkg D-3-1.noarch@r1
#>problem 746dc4bd info nothing provides W > 2-2 needed by D-3-1.noarch
#>problem 746dc4bd solution 74609966 deljob install pkg D-3-1.noarch@r1
#>reason A-1-1.noarch@r2 unit 7fbc645c61917745af0caa5d437e4081
#>reason A-3-1.noarch@r2 unit d47ec50a99c7b69d0fcc17189d82b8c5
#>reason C-2-1.noarch@system unit 1b9257d99163e68d657f2f4cd35e640d
#>reason C-3-1.noarch@r1 unit 05059f817059f4fbe01a376cb85173f8
#>reason C-3-1.noarch@r2 unit 69177b4b6edcb1c2e0d715816d091b74
#>reason D-3-1.noarch@r1 unit cec68ca36a5555ceff9435ca8a66a156
#>recommended D-3-2.noarch@r2
#>rule job 7fbc645c61917745af0caa5d437e4081  A-1-1.noarch@r2
#>rule job 7fbc645c61917745af0caa5d437e4081  A-3-1.noarch@r2
#>rule job e4eff4a572c1378a92f84c43e6920546  D-3-1.noarch@r1
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-1-1.noarch@r2
#>rule pkg 020be6238219663b403d4c826e5086e6 -A-3-1.noarch@r2
#>rule pkg 05059f817059f4fbe01a376cb85173f8 -C-2-1.noarch@system
#>rule pkg 05059f817059f4fbe01a376cb85173f8 -C-3-1.noarch@r1
#>rule pkg 1b9257d99163e68d657f2f4cd35e640d  C-2-1.noarch@system
#>rule pkg 1b9257d99163e68d657f2f4cd35e640d -A-1-1.noarch@r2
#>rule pkg 1f717c1c126f191b1649632930bfe424 -D-1-1.noarch@r1
#>rule pkg 1f717c1c126f191b1649632930bfe424 -D-3-1.noarch@r1
#>rule pkg 409d53beea6827d64d0dc92b460ba6f1 -C-3-1.noarch@r1
#>rule pkg 409d53beea6827d64d0dc92b460ba6f1 -C-3-1.noarch@r2
#>rule pkg 51118613cf69f4ce8282c32e9b500564 -D-2-2.noarch@r1
#>rule pkg 51118613cf69f4ce8282c32e9b500564 -D-3-1.noarch@r1
#>rule pkg 64680780fc1ae3ede5d92b106542ced8 -D-3-1.noarch@r1
#>rule pkg 64680780fc1ae3ede5d92b106542ced8 -D-3-2.noarch@r2
#>rule pkg 69177b4b6edcb1c2e0d715816d091b74 -C-2-1.noarch@system
#>rule pkg 69177b4b6edcb1c2e0d715816d091b74 -C-3-1.noarch@r2
#>rule pkg 6d58fb1d1d496a449c7db625a379259f  A-1-1.noarch@r2
#>rule pkg 6d58fb1d1d496a449c7db625a379259f  A-3-1.noarch@r2
#>rule pkg 6d58fb1d1d496a449c7db625a379259f -C-3-1.noarch@r1
#>rule pkg 8a458a8a648e92ce5da7da121c1fbe44 -D-1-1.noarch@r1
#>rule pkg 8a458a8a648e92ce5da7da121c1fbe44 -D-3-2.noarch@r2
#>rule pkg cec68ca36a5555ceff9435ca8a66a156 -D-3-1.noarch@r1
#>rule pkg d47ec50a99c7b69d0fcc17189d82b8c5 -A-3-1.noarch@r2
#>rule pkg f270304e0f3340c5c4e051a201de7381 -D-2-2.noarch@r1
#>rule pkg f270304e0f3340c5c4e051a201de7381 -D-3-2.noarch@r2
#>rule update 229f53cce6ecd138a79a5e272725c91c  C-2-1.noarch@system
#>rule update 229f53cce6ecd138a79a5e272725c91c  C-3-1.noarch@r1
#>rule update 229f53cce6ecd138a79a5e272725c91c  C-3-1.noarch@r2
#>userinstalled pkg A-1-1.noarch@r2
