repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 2 1 noarch
#>=Prv: A = 2-1
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Tim: 200
#>=Pkg: C 3 1 noarch
#>=Prv: C = 3-1
#>=Req: V >= 1
#>=Req: W > 3-1
#>=Req: C
#>=Tim: 200
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Prv: X = 1-1
#>=Tim: 100
#>=Pkg: A 3 1 noarch
#>=Prv: A = 3-1
#>=Req: E
#>=Req: V
#>=Tim: 100
repo r2 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: A 1 2 noarch
#>=Prv: A = 1-2
#>=Req: W >= 1-1
#>=Tim: 200
#>=Pkg: D 2 1 noarch
#>=Prv: D = 2-1
#>=Prv: W
#>=Req: W
#>=Tim: 100
system i686 rpm system
job install name D
job update pkg B-3-1.noarch@r1
job install provides D > 2-1
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name A
#>install D-2-1.noarch@r2
#>job install name D
#>job install provides D > 2-1
#>job update pkg B-3-1.noarch@r1
#>problem c43b1300 info nothing provides requested D > 2-1
#>problem c43b1300 solution 02bcc7f7 deljob install provides D > 2-1
#>reason A-1-1.noarch@r1 unit 71be78753eaa894cf4040a90c00ad434
#>reason A-1-2.noarch@r2 unit 548e64ba86aa06ba9f8a43738509a4bc
#>reason A-2-1.noarch@system unit b2844394f4542e6dda2185913ac208b0
#>reason A-3-1.noarch@r1 unit 26ee098f1e11b7c540d4c58b6dd71ce1
#>reason D-2-1.noarch@r2 unit f847a57f4ad2fb9ee12de8ad1b60acae
#>rule feature 065ab2a1be0fcdb1f583bf840bd55081  A-1-1.noarch@r1
#>rule feature 065ab2a1be0fcdb1f583bf840bd55081  A-1-2.noarch@r2
#>rule feature 065ab2a1be0fcdb1f583bf840bd55081  A-2-1.noarch@system
#>rule feature 065ab2a1be0fcdb1f583bf840bd55081  A-3-1.noarch@r1
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule job f847a57f4ad2fb9ee12de8ad1b60acae  D-2-1.noarch@r2
#>rule pkg 26ee098f1e11b7c540d4c58b6dd71ce1 -A-3-1.noarch@r1
#>rule pkg 27e2986197889a7cfe1fae99963d068a  D-2-1.noarch@r2
#>rule pkg 27e2986197889a7cfe1fae99963d068a -A-1-2.noarch@r2
#>rule pkg 548e64ba86aa06ba9f8a43738509a4bc -A-1-2.noarch@r2
#>rule pkg 548e64ba86aa06ba9f8a43738509a4bc -A-2-1.noarch@system
#>rule pkg 59e6542e725445306715431c876fe463 -A-2-1.noarch@system
#>rule pkg 59e6542e725445306715431c876fe463 -A-3-1.noarch@r1
#>rule pkg 67da38a4ee5a51d8a5b8d04045cceac4 -A-1-2.noarch@r2
#>rule pkg 67da38a4ee5a51d8a5b8d04045cceac4 -A-3-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-1-1.noarch@r1
#>rule pkg 71be78753eaa894cf4040a90c00ad434 -A-2-1.noarch@system
#>rule pkg 78554252e5c11afdcd0fb9e60c8b3567 -A-1-1.noarch@r1
#>rule pkg 78554252e5c11afdcd0fb9e60c8b3567 -A-1-2.noarch@r2
#>rule pkg da0585bd413680dc6af85650f171aa5d -A-1-1.noarch@r1
#>rule pkg da0585bd413680dc6af85650f171aa5d -A-3-1.noarch@r1
#>rule update b2844394f4542e6dda2185913ac208b0  A-2-1.noarch@system
#>rule update b2844394f4542e6dda2185913ac208b0  A-3-1.noarch@r1
#>unneeded_filtered A-2-1.noarch@system
#>userinstalled pkg D-2-1.noarch@r2
