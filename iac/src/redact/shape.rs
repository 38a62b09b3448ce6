//! What tokens of providers look like: how they begin, and what follows. Sources: the providers' documentation of
//! their token formats.

/// The signs that follow a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signs {
    /// Letters and digits.
    Alnum,
    /// And `_`, `-`.
    Word,
    /// And `.`, `~`, `%`.
    Dotted,
    /// And `/`, `+`, `=`.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// Capitals and digits.
    Upper,
}

/// How a token begins, what follows, and how much of it at least.
struct Shape(&'static str, Signs, usize);

use Signs::{Alnum, Base64, Dotted, Hex, Upper, Word};

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    // Clouds
    Shape("AKIA", Upper, 16), Shape("ASIA", Upper, 16), Shape("ABIA", Upper, 16), Shape("ACCA", Upper, 16),
    Shape("ABSK", Base64, 60), Shape("amzn.mws.", Word, 20), Shape("FwoGZXIvYXdz", Base64, 40), Shape("IQoJb3JpZ2lu", Base64, 40),
    Shape("AIza", Word, 30), Shape("ya29.", Dotted, 20), Shape("GOCSPX-", Word, 20), Shape("1//0", Word, 30),
    Shape("LTAI", Alnum, 12), Shape("AKID", Alnum, 24), Shape("t1.", Dotted, 60), Shape("AQVN", Word, 30), Shape("YCA", Word, 30), Shape("y0_A", Word, 30),
    Shape("dop_v1_", Alnum, 20), Shape("doo_v1_", Alnum, 20), Shape("dor_v1_", Alnum, 20), Shape("K00", Base64, 28),
    Shape("ibm_", Word, 40), Shape("scw_", Word, 30), Shape("vultr_", Alnum, 30), Shape("hcloud_", Alnum, 40),
    Shape("v1.0-", Word, 60), Shape("cfut_", Word, 30), Shape("cfat_", Word, 30), Shape("cfk_", Word, 30),
    // Code hosts and registries
    Shape("ghp_", Alnum, 20), Shape("gho_", Alnum, 20), Shape("ghu_", Alnum, 20), Shape("ghs_", Alnum, 20), Shape("ghr_", Alnum, 20),
    Shape("github_pat_", Word, 20), Shape("glpat-", Dotted, 18), Shape("gldt-", Dotted, 18), Shape("glrt-", Dotted, 18),
    Shape("glcbt-", Dotted, 18), Shape("glptt-", Word, 18), Shape("glft-", Word, 18), Shape("glimt-", Word, 18), Shape("glagent-", Word, 18),
    Shape("gloas-", Word, 18), Shape("glsoat-", Word, 18), Shape("glffct-", Word, 18), Shape("GR1348941", Word, 18),
    Shape("ATATT3", Base64, 30), Shape("ATCTT3", Base64, 30), Shape("ATBB", Alnum, 20), Shape("BBDC-", Base64, 30),
    Shape("npm_", Alnum, 30), Shape("pypi-", Word, 30), Shape("dckr_pat_", Word, 20), Shape("dckr_oat_", Word, 20), Shape("rubygems_", Alnum, 30),
    Shape("oy2", Alnum, 40), Shape("cio", Alnum, 32), Shape("CLOJARS_", Alnum, 30), Shape("AKCp", Alnum, 50), Shape("cmVmdGtu", Alnum, 40),
    Shape("sgp_", Word, 30), Shape("sgd_", Word, 30), Shape("sqp_", Alnum, 30), Shape("squ_", Alnum, 30), Shape("sqa_", Alnum, 30),
    Shape("AZDO", Alnum, 30), Shape("cfpat-", Word, 30), Shape("CFPAT-", Word, 30),
    // Infrastructure and observability
    Shape("hvs.", Word, 20), Shape("hvb.", Word, 20), Shape("hvr.", Word, 20), Shape("atlasv1.", Word, 40), Shape("pul-", Alnum, 30),
    Shape("tskey-", Word, 16), Shape("dapi", Alnum, 32), Shape("NRAK-", Alnum, 20), Shape("NRJS-", Alnum, 16), Shape("NRII-", Word, 20), Shape("NRRA-", Alnum, 30),
    Shape("eu01xx", Alnum, 30), Shape("glc_", Base64, 30), Shape("glsa_", Word, 30), Shape("sntrys_", Base64, 30), Shape("sntryu_", Alnum, 30),
    Shape("PMAK-", Word, 30), Shape("pscale_tkn_", Dotted, 20), Shape("pscale_pw_", Dotted, 20), Shape("pscale_oauth_", Dotted, 20),
    Shape("rnd_", Alnum, 24), Shape("nfp_", Alnum, 30), Shape("fo1_", Word, 30), Shape("fm1a_", Base64, 30), Shape("fm1r_", Base64, 30), Shape("fm2_", Base64, 30),
    Shape("HRKU-", Word, 30), Shape("dp.pt.", Alnum, 30), Shape("dp.st.", Dotted, 30), Shape("dp.ct.", Alnum, 30), Shape("dp.sa.", Alnum, 30),
    Shape("dp.scim.", Alnum, 30), Shape("dp.audit.", Alnum, 30), Shape("dt0c01.", Dotted, 40), Shape("dt0s01.", Dotted, 40), Shape("dt0s16.", Dotted, 40),
    Shape("CCIPAT_", Word, 20), Shape("CCIPRJ_", Word, 20), Shape("bkua_", Alnum, 30), Shape("bkat_", Alnum, 30), Shape("pnu_", Alnum, 30), Shape("pnb_", Alnum, 30),
    Shape("ico-", Alnum, 30), Shape("API-", Upper, 25), Shape("sha256~", Word, 30), Shape("sdk-", Word, 36), Shape("mob-", Word, 36),
    Shape("tk-us-", Word, 30), Shape("sm_pat_", Alnum, 16), Shape("sm_aat_", Alnum, 16), Shape("napi_", Alnum, 30), Shape("sbp_", Alnum, 30), Shape("sb_secret_", Word, 20),
    Shape("tr_dev_", Alnum, 16), Shape("tr_prod_", Alnum, 16), Shape("AGE-SECRET-KEY-1", Upper, 30), Shape("ops_eyJ", Base64, 60), Shape("A3-", Word, 30),
    Shape("tfp_", Word, 30), Shape("rdme_", Alnum, 40), Shape("waka_", Word, 30), Shape("zpka_", Word, 30), Shape("aio_", Alnum, 28), Shape("tss_", Word, 20),
    Shape("pdus+", Dotted, 20), Shape("wk_", Word, 40), Shape("phx_", Alnum, 30), Shape("phc_", Alnum, 30), Shape("nxapi-", Word, 30), Shape("NF-", Word, 30),
    // Messages and people
    Shape("xoxb-", Word, 10), Shape("xoxp-", Word, 10), Shape("xoxa-", Word, 10), Shape("xoxr-", Word, 10), Shape("xoxs-", Word, 10), Shape("xoxe-", Word, 10),
    Shape("xoxo-", Word, 10), Shape("xoxe.", Dotted, 20), Shape("xapp-", Word, 10), Shape("SG.", Dotted, 30), Shape("key-", Hex, 32), Shape("xkeysib-", Word, 30), Shape("xsmtpsib-", Word, 30),
    Shape("re_", Word, 20), Shape("md-", Word, 20), Shape("mlsn.", Alnum, 30), Shape("SK", Hex, 32), Shape("AC", Hex, 32), Shape("figd_", Word, 30), Shape("lin_api_", Alnum, 30),
    Shape("lin_oauth_", Alnum, 30), Shape("ntn_", Alnum, 30), Shape("secret_", Alnum, 30), Shape("pat-na1-", Word, 30), Shape("pat-eu1-", Word, 30),
    Shape("pat", Dotted, 70), Shape("fio-u-", Base64, 40), Shape("00D", Dotted, 60), Shape("dG9rO", Base64, 40), Shape("MFRG", Base64, 60),
    // Payment and commerce
    Shape("sk_live_", Word, 12), Shape("sk_test_", Word, 12), Shape("rk_live_", Word, 12), Shape("rk_test_", Word, 12), Shape("sk_prod_", Word, 12), Shape("sk_sbox_", Word, 12),
    Shape("whsec_", Base64, 20), Shape("shpat_", Alnum, 20), Shape("shpca_", Alnum, 20), Shape("shppa_", Alnum, 20), Shape("shpss_", Alnum, 20),
    Shape("sq0atp-", Word, 20), Shape("sq0csp-", Word, 30), Shape("EAAA", Word, 50), Shape("EAA", Alnum, 80), Shape("access_token$", Dotted, 20),
    Shape("rzp_live_", Alnum, 12), Shape("rzp_test_", Alnum, 12), Shape("FLWSECK", Dotted, 20), Shape("live_", Word, 30), Shape("test_", Word, 30),
    Shape("EZAK", Alnum, 50), Shape("EZTK", Alnum, 50), Shape("duffel_live_", Base64, 30), Shape("duffel_test_", Base64, 30), Shape("shippo_live_", Alnum, 30), Shape("shippo_test_", Alnum, 30),
    Shape("access-production-", Word, 30), Shape("access-sandbox-", Word, 30), Shape("access-development-", Word, 30), Shape("secret-live-", Base64, 30), Shape("secret-test-", Base64, 30),
    Shape("AQE", Base64, 60), Shape("ak_live_", Word, 12), Shape("testsk_", Dotted, 20), Shape("prod_sk_", Word, 20),
    // Models
    Shape("sk-ant-", Word, 20), Shape("sk-proj-", Word, 20), Shape("sk-svcacct-", Word, 20), Shape("sk-admin-", Word, 20), Shape("sk-or-v1-", Word, 20), Shape("sk-", Word, 20),
    Shape("pplx-", Alnum, 30), Shape("gsk_", Alnum, 30), Shape("xai-", Alnum, 30), Shape("r8_", Alnum, 30), Shape("hf_", Alnum, 30), Shape("api_org_", Alnum, 30),
    Shape("nvapi-", Word, 30), Shape("tvly-", Word, 20), Shape("fw_", Alnum, 20), Shape("lsv2_pt_", Word, 30), Shape("lsv2_sk_", Word, 30), Shape("pcsk_", Word, 30), Shape("csk-", Alnum, 30),
    // Forms that many share
    Shape("eyJ", Dotted, 17), Shape("sk.eyJ", Dotted, 20), Shape("$2a$", Dotted, 20), Shape("$2b$", Dotted, 20), Shape("$2y$", Dotted, 20),
    Shape("$1$", Base64, 20), Shape("$5$", Base64, 20), Shape("$6$", Base64, 20), Shape("$y$", Base64, 20), Shape("$apr1$", Base64, 20), Shape("$argon2", Base64, 20),
];

/// The first byte → where its shapes stand in [`SHAPES`].
fn by_first_byte() -> &'static [Vec<&'static Shape>; 256] {
    static TABLE: std::sync::OnceLock<[Vec<&'static Shape>; 256]> = std::sync::OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: [Vec<&'static Shape>; 256] = std::array::from_fn(|_| Vec::new());
        for shape in SHAPES {
            if let Some(slot) = shape.0.bytes().next().and_then(|first| table.get_mut(usize::from(first))) {
                slot.push(shape);
            }
        }
        table
    })
}

/// The longest token, in bytes.
const LONGEST: usize = 4 << 10;

/// The end of the token that begins at a byte of a text, if one does.
pub(super) fn token_end(text: &[u8], at: usize) -> Option<usize> {
    let first = *text.get(at)?;
    let shapes = by_first_byte().get(usize::from(first))?;
    let rest = text.get(at..)?;
    shapes.iter().filter(|shape| rest.starts_with(shape.0.as_bytes())).find_map(
        |Shape(prefix, signs, least)| {
            let body = rest.get(prefix.len()..)?;
            let length = body.iter().take(LONGEST).take_while(|byte| signs.have(**byte)).count();
            let body = body.get(..length)?;
            // The Base64 of a JSON object alone is looked into; a token has a dot between its parts.
            if *prefix == "eyJ" && !body.contains(&b'.') {
                return None;
            }
            // What is made of words only is a name that begins alike: `test_…`, `sk-…`, `re_…`.
            let letters = body.iter().any(u8::is_ascii_alphabetic);
            let likeness = std::str::from_utf8(body).map_or(1.0, super::random::likeness);
            let certain =
                prefix.len() >= 6 && !matches!(*prefix, "secret_" | "vultr_" | "hcloud_" | "glagent-");
            let random = match body.iter().any(u8::is_ascii_digit) {
                true => certain || !letters || likeness < 0.5,
                false => likeness < 0.42 && length >= 12,
            };
            (length >= *least && random).then_some(at + prefix.len() + length)
        },
    )
}

impl Signs {
    fn have(self, byte: u8) -> bool {
        let alnum = byte.is_ascii_alphanumeric();
        match self {
            Alnum => alnum,
            Word => alnum || matches!(byte, b'_' | b'-'),
            Dotted => alnum || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'%' | b'$' | b'/' | b'+' | b'='),
            Base64 => alnum || matches!(byte, b'_' | b'-' | b'/' | b'+' | b'=' | b'.' | b'$' | b','),
            Hex => byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase(),
            Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        }
    }
}
