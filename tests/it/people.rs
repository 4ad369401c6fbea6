//! Handmade people of any region: every fact is drawn from the person's place in the row, so that the same people
//! come out whatever else is asked for.

use std::fmt::Write as _;

use super::support::resident_number;

/// Rows of each extract with the number of the person that they are about.
pub struct People {
    pub extracts: Vec<Extract>,
}

/// One extract: its name, its header, and the rows with their persons' numbers.
pub struct Extract {
    pub name: &'static str,
    pub header: &'static str,
    pub rows: Vec<(String, String)>,
}

/// A region as the people need it: its code, the benefit year, a place in it, and labels of the identity extract.
#[derive(Clone, Copy)]
pub struct Home {
    pub region: u32,
    pub year: i32,
    pub township: &'static str,
}

const LABELS: [&str; 10] = [
    "特困人员",
    "低保对象",
    "监测对象",
    "返贫致贫人口",
    "退役军人",
    "外出务工人员",
    "职工医保中断人员",
    "刑满释放人员",
    "随军未就业配偶",
    "现役军人",
];

impl Extract {
    /// The text of a file with some of the rows.
    pub fn text<'a>(&self, rows: impl IntoIterator<Item = &'a (String, String)>) -> String {
        rows.into_iter().fold(format!("{}\n", self.header), |mut text, (_, row)| {
            let _ = writeln!(text, "{row}");
            text
        })
    }
}

/// `count` people; each has one of each kind of row, none, or several.
pub fn people(home: Home, count: u32) -> People {
    let mut extracts = [
        ("household", "certno,psn_name,brdy,resd_admdvs,regi_type,surv_stas"),
        ("identity", "certno,psn_idet_type,begntime,endtime"),
        (
            "enrollment",
            "psn_no,certno,insutype,insu_admdvs,psn_insu_stas,psn_insu_date,accrym_begn,accrym_end,clct_flag,clct_time,psn_clct_amt",
        ),
        ("student", "certno,school_admdvs,begntime,endtime"),
        ("payment", "order_no,certno,clct_year,pay_time,pay_amt,pay_stas"),
    ]
    .map(|(name, header)| Extract { name, header, rows: Vec::new() });
    for n in 0..count {
        let person = Person { n, home };
        let certno = person.certno();
        let of_person = [person.household(), person.identity(), person.enrollment(), person.student(), person.payment()];
        for (extract, rows) in extracts.iter_mut().zip(of_person) {
            extract.rows.extend(rows.into_iter().map(|row| (certno.clone(), row)));
        }
    }
    People { extracts: extracts.into() }
}

struct Person {
    n: u32,
    home: Home,
}

impl Person {
    /// One of the first `of` numbers: always the same for this person and question.
    fn draw(&self, question: u32, of: u32) -> u32 {
        let mut state = (u64::from(self.n) << 32 | u64::from(question)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        for _ in 0..2 {
            state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        }
        ((state ^ state >> 31) % u64::from(of)) as u32
    }

    /// A day from the second year before the benefit year to its middle; newborns are among those born then.
    fn day(&self, question: u32) -> String {
        let months = self.draw(question, 30);
        let year = self.home.year - 2 + (months / 12) as i32;
        format!("{year}-{:02}-{:02}", months % 12 + 1, self.draw(question + 1, 28) + 1)
    }

    fn born(&self) -> String {
        if self.draw(1, 4) == 0 {
            self.day(2)
        } else {
            format!("{}-{:02}-{:02}", 1940 + self.draw(4, 80), self.draw(5, 12) + 1, self.draw(6, 28) + 1)
        }
    }

    /// Division codes that begin with 3403 and end in 99 were never assigned.
    fn certno(&self) -> String {
        resident_number(&format!("340399{}{:03}0", self.born().replace('-', ""), self.n % 1000))
    }

    /// The region, its city's pool, the county beside it, or another province.
    fn area(&self, question: u32) -> u32 {
        let pool = self.home.region / 100 * 100;
        [self.home.region, self.home.region, pool, pool + 99, 310_115][self.draw(question, 5) as usize]
    }

    fn household(&self) -> Vec<String> {
        if self.draw(10, 12) == 0 {
            return Vec::new();
        }
        let township = if self.draw(11, 10) == 0 { "310115101" } else { self.home.township };
        let registration = self.draw(12, 5) / 4 + 1;
        let survival = [1, 1, 1, 1, 1, 1, 2, 3, 4, 9][self.draw(13, 10) as usize];
        vec![format!("{},张三,{},{township}203,{registration},{survival}", self.certno(), self.born())]
    }

    fn identity(&self) -> Vec<String> {
        let row = |k: u32| {
            let label = LABELS[self.draw(20 + 10 * k, LABELS.len() as u32) as usize];
            let end = if self.draw(21 + 10 * k, 3) == 0 { format!("{}-06-30", self.home.year) } else { String::new() };
            format!("{},{label},{},{end}", self.certno(), self.day(22 + 10 * k))
        };
        (0..self.draw(19, 3)).map(row).collect()
    }

    /// Records of the benefit year, of employees too, and of the five years before it. One in eight has been an employee
    /// all the time.
    fn enrollment(&self) -> Vec<String> {
        let year = self.home.year;
        let steady = self.draw(59, 8) == 0;
        let this_year = (0..self.draw(50, 3)).map(|k| (100 + 20 * k, year, self.draw(101 + 20 * k, 4) == 0));
        let before = (1..=5).filter(|&back| steady || self.draw(60 + back, 3) > 0);
        let before = before.map(|back| (200 + 20 * back, year - back as i32, steady || self.draw(70 + back, 5) == 0));
        let employed = steady.then_some((400, year, true));
        this_year.chain(before).chain(employed).map(|(question, year, employee)| self.record(question, year, employee, steady)).collect()
    }

    fn record(&self, question: u32, year: i32, employee: bool, steady: bool) -> String {
        let whole = employee && steady;
        let first = if whole { 1 } else { self.draw(question + 2, 3) + 1 };
        let last = if whole { 12 } else { 12 - self.draw(question + 3, 5) };
        let (scheme, since) = if employee { (310, self.day(question + 4)) } else { (390, String::new()) };
        let state = if self.draw(question + 6, 9) == 0 { 2 } else { 1 };
        let paid = if whole || self.draw(question + 7, 6) == 0 { String::new() } else { self.day(question + 8) };
        let (certno, area) = (self.certno(), self.area(question + 10));
        format!("{question}{},{certno},{scheme},{area},{state},{since},{year}{first:02},{year}{last:02},1,{paid},380", self.n)
    }

    fn student(&self) -> Vec<String> {
        if self.draw(80, 5) > 0 {
            return Vec::new();
        }
        vec![format!("{},{},{},", self.certno(), self.area(81), self.day(82))]
    }

    fn payment(&self) -> Vec<String> {
        let row = |k: u32| {
            let amount = [380, 400, 60][self.draw(91 + 5 * k, 3) as usize];
            let state = self.draw(92 + 5 * k, 5) / 4 + 1;
            format!("{}P{k},{},{},{},{amount},{state}", self.n, self.certno(), self.home.year, self.day(93 + 5 * k))
        };
        (0..[0, 1, 1, 1, 2][self.draw(90, 5) as usize]).map(row).collect()
    }
}
