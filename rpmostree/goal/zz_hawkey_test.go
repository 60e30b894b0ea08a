package goal
import ("testing";"os";"encoding/json";"slices";"strings";"regexp";"errors";"fmt";"math/rand")
func disp(p Package) string { n:=p.NEVRA; s:=n.Name+"-"; if n.Epoch!="" {s+=n.Epoch+":"}; return s+n.Version+"-"+n.Release+"."+n.Arch+"@"+p.Repo }
func TestHawkey(t *testing.T){
  _ = rand.Int
  g:=New(&Options{Arch:"x86_64"})
  for _,n:=range []string{"base","updates"} { r,err:=RepoDir(t.Context(),n,os.DirFS("/dev/shm/universe/"+n)); if err!=nil{t.Fatal(err)}; r.Filelists=nil; if err:=g.AddRepo(t.Context(),r);err!=nil{t.Fatal(err)} }
  var subs map[string][]string
  b,_:=os.ReadFile("/tmp/hk/subs.json"); json.Unmarshal(b,&subs)
  bad:=0
  for s,want:=range subs { ps,err:=g.Match(t.Context(),s); if err!=nil{t.Error(err)}
    var got []string; for _,p:=range ps{got=append(got,disp(p))}; slices.Sort(got)
    slices.Sort(want)
    if !slices.Equal(got,want){ bad++; t.Errorf("%q: got %d %v want %d %v",s,len(got),got[:min(3,len(got))],len(want),want[:min(3,len(want))])}}
  t.Logf("%d subjects, %d differ",len(subs),bad)
  var inst map[string][]any
  b,_=os.ReadFile("/tmp/hk/inst.json"); json.Unmarshal(b,&inst)
  from:=regexp.MustCompile(` from (base|updates)`)
  same,samep,np:=0,0,0
  for k,v:=range inst { g.ClearRequests(); if err:=g.Install(t.Context(),strings.Fields(k)...);err!=nil{t.Error(err);continue}
    r,err:=g.Resolve(t.Context()); var u *UnsolvableError
    if err!=nil && !errors.As(err,&u){t.Fatal(err)}
    if (err==nil)!=(v[0]=="ok"){t.Errorf("%s: solvability %v",k,v[0]);continue}
    if err==nil { var got,want []string; for _,p:=range r.Installs{got=append(got,disp(p))}; for _,x:=range v[1:]{want=append(want,x.(string))}; slices.Sort(got); slices.Sort(want)
       if slices.Equal(got,want){same++} else { t.Logf("%s differs: %d %d",k,len(got),len(want)); for _,x:=range got{if !slices.Contains(want,x){t.Logf("+%s",x)}}; for _,x:=range want{if !slices.Contains(got,x){t.Logf("-%s",x)}} } 
    } else { np++; var want [][]string; for _,p:=range v[2].([]any){ var w []string; for _,x:=range p.([]any){w=append(w,x.(string))}; want=append(want,w)}
       var got [][]string; for _,p:=range u.Problems{ var w []string; for _,x:=range p{w=append(w,from.ReplaceAllString(x,""))}; got=append(got,w)}
       if fmt.Sprint(got)==fmt.Sprint(want){samep++} else {t.Logf("%s problem: got %d want %d\n%s\n%s",k,len(got),len(want),strings.Join(got[0],"\n"),strings.Join(want[0],"\n"))} }
  }
  t.Logf("%d jobs: %d same transactions; %d of %d same problem texts",len(inst),same,samep,np)
}
