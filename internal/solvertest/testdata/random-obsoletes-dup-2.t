repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: D
#>=Req: X = 2
#>=Tim: 200
#>=Pkg: D 2 2 noarch
#>=Prv: D = 2-2
#>=Prv: X = 1-1
#>=Req: B
#>=Tim: 200
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Req: H
#>=Req: G
#>=Obs: G < 2
#>=Tim: 100
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Obs: D
#>=Tim: 100
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Obs: B
#>=Tim: 200
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: H 3 2 noarch
#>=Prv: H = 3-2
#>=Req: A
#>=Obs: E <> 3-1
#>=Tim: 200
#>=Pkg: B 1 1 noarch
#>=Prv: B = 1-1
#>=Prq: X
#>=Req: G = 2
#>=Req: G <= 1-1
#>=Tim: 100
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Obs: A
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Obs: A = 2
#>=Tim: 200
system unset rpm system
solverflags breakorphans
job distupgrade name E
job distupgrade all packages
job install name H
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>autoinst name D
#>downgrade D-2-2.noarch@system D-2-1.noarch@r1
#>erase B-2-1.noarch@system D-2-1.noarch@r1
#>install A-1-1.noarch@r2
#>install H-3-2.noarch@r2
#>job distupgrade all packages
#>job distupgrade name E
#>job install name H
#>reason A-1-1.noarch@r2 unit 3ca2b31ce198966e566576a5ffdba1eb
#>reason A-2-1.noarch@r1 unit 758ba15aa6745b6f52b434e166d9a4f5
#>reason B-1-1.noarch@r2 unit 2b1aa507d61b26f6004430d24969f9a1
#>reason B-2-1.noarch@system unit a9421d77dd438995aa2b829cd5a81443
#>reason B-3-1.noarch@r1 unit 9e0e4784e8491d92c07cea6ee7848ec7
#>reason D-1-1.noarch@r2 unit a63dfa62109a4c4594da3c81157ca075
#>reason D-2-1.noarch@r1 unit caf738f33ad9db9156caa27fcd91d20c
#>reason D-2-2.noarch@system unit 05716ba0c8ef327d7dc3a8084d570ebe
#>reason H-3-2.noarch@r2 unit cf2480f4144141e8bdc6a00c72649049
#>rule choice a20d5d818a92946db68038c26eae950f  A-2-1.noarch@r1
#>rule choice a20d5d818a92946db68038c26eae950f -H-3-2.noarch@r2
#>rule distupgrade 05716ba0c8ef327d7dc3a8084d570ebe -D-2-2.noarch@system
#>rule distupgrade a9421d77dd438995aa2b829cd5a81443 -B-2-1.noarch@system
#>rule job cf2480f4144141e8bdc6a00c72649049  H-3-2.noarch@r2
#>rule pkg 062e6da88e2825e4ebaad3f5f2919729  D-2-2.noarch@system
#>rule pkg 062e6da88e2825e4ebaad3f5f2919729 -B-1-1.noarch@r2
#>rule pkg 08894e054c8be04869c34d0531d267e1 -B-3-1.noarch@r1
#>rule pkg 08894e054c8be04869c34d0531d267e1 -D-2-1.noarch@r1
#>rule pkg 148afdd06924f25cc7824228f71b4349 -B-2-1.noarch@system
#>rule pkg 148afdd06924f25cc7824228f71b4349 -D-2-1.noarch@r1
#>rule pkg 24e8c0de9a5bfcdb8a319b064ed2c317 -D-1-1.noarch@r2
#>rule pkg 24e8c0de9a5bfcdb8a319b064ed2c317 -D-2-2.noarch@system
#>rule pkg 2b1aa507d61b26f6004430d24969f9a1 -B-1-1.noarch@r2
#>rule pkg 3ca2b31ce198966e566576a5ffdba1eb  A-1-1.noarch@r2
#>rule pkg 3ca2b31ce198966e566576a5ffdba1eb  A-2-1.noarch@r1
#>rule pkg 3ca2b31ce198966e566576a5ffdba1eb -H-3-2.noarch@r2
#>rule pkg 4b78ad336889e2e586c98dd401344f2f -A-2-1.noarch@r1
#>rule pkg 4b78ad336889e2e586c98dd401344f2f -D-2-2.noarch@system
#>rule pkg 6c7b78e30ddb9ca33c24cc3015e1b08f -B-1-1.noarch@r2
#>rule pkg 6c7b78e30ddb9ca33c24cc3015e1b08f -B-3-1.noarch@r1
#>rule pkg 6e08a06709df6f69890142fba547a39b -A-1-1.noarch@r2
#>rule pkg 6e08a06709df6f69890142fba547a39b -D-1-1.noarch@r2
#>rule pkg 758ba15aa6745b6f52b434e166d9a4f5 -A-2-1.noarch@r1
#>rule pkg 758ba15aa6745b6f52b434e166d9a4f5 -D-2-1.noarch@r1
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg 9e0e4784e8491d92c07cea6ee7848ec7 -B-3-1.noarch@r1
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-1-1.noarch@r2
#>rule pkg 9eb68cb43f9e727baaf18bbe99795b54 -A-2-1.noarch@r1
#>rule pkg a63dfa62109a4c4594da3c81157ca075 -D-1-1.noarch@r2
#>rule pkg a63dfa62109a4c4594da3c81157ca075 -D-2-1.noarch@r1
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-1-1.noarch@r2
#>rule pkg af09849675e2f5f0e9d2b8e04adde10c -B-2-1.noarch@system
#>rule pkg d51597faf750a8cfacd3c8137810e21c  H-3-2.noarch@r2
#>rule pkg d51597faf750a8cfacd3c8137810e21c -B-3-1.noarch@r1
#>rule pkg df6c7da29ae8123c8eb2741a5522bf8e -B-1-1.noarch@r2
#>rule pkg df6c7da29ae8123c8eb2741a5522bf8e -D-2-1.noarch@r1
#>rule pkg e8a11296e32479079411b6ecdf99a812 -D-2-1.noarch@r1
#>rule pkg e8a11296e32479079411b6ecdf99a812 -D-2-2.noarch@system
#>rule pkg ec7bf212e5b5b4b4191b13af1cf1df19 -A-2-1.noarch@r1
#>rule pkg ec7bf212e5b5b4b4191b13af1cf1df19 -D-1-1.noarch@r2
#>rule pkg f2b96d275e3b10448fb6379183d9b17e  B-1-1.noarch@r2
#>rule pkg f2b96d275e3b10448fb6379183d9b17e  B-2-1.noarch@system
#>rule pkg f2b96d275e3b10448fb6379183d9b17e  B-3-1.noarch@r1
#>rule pkg f2b96d275e3b10448fb6379183d9b17e -D-2-2.noarch@system
#>rule update 1e63a3c82cb895a8f35f7de0ab97eff9  A-2-1.noarch@r1
#>rule update 1e63a3c82cb895a8f35f7de0ab97eff9  D-1-1.noarch@r2
#>rule update 1e63a3c82cb895a8f35f7de0ab97eff9  D-2-1.noarch@r1
#>rule update 1e63a3c82cb895a8f35f7de0ab97eff9  D-2-2.noarch@system
#>rule update caf738f33ad9db9156caa27fcd91d20c  B-1-1.noarch@r2
#>rule update caf738f33ad9db9156caa27fcd91d20c  B-2-1.noarch@system
#>rule update caf738f33ad9db9156caa27fcd91d20c  B-3-1.noarch@r1
#>rule update caf738f33ad9db9156caa27fcd91d20c  D-2-1.noarch@r1
#>unneeded B-2-1.noarch@system
#>unneeded_filtered D-2-2.noarch@system
#>userinstalled pkg H-3-2.noarch@r2
