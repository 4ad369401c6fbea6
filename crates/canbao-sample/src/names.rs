//! Names: a family name and one or two characters. Nobody in particular.

use super::chance::Topic;
use super::person::Person;
use super::short::Short;

const FAMILIES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高", "罗", "郑", "梁",
    "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "袁", "潘", "于", "蒋", "蔡", "余", "杜", "叶", "程",
    "苏", "魏", "吕", "丁", "任", "沈", "姚", "卢", "姜", "崔", "钟", "谭", "陆", "汪", "范", "金", "石", "廖", "欧阳", "上官",
];

const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀", "霞", "平", "刚", "桂",
    "英", "华", "玉", "兰", "萍", "红", "建", "文", "辉", "力", "国", "庆", "春", "梅", "云", "飞", "鹏", "波", "斌", "宇", "浩", "凯",
    "健", "俊", "帆", "雪", "倩", "婷", "玲", "颖", "慧", "琳", "佳", "欣", "怡", "悦", "思", "梦", "子", "轩", "涵", "晨", "阳", "博",
    "雨", "诗", "瑞", "嘉", "安", "乐", "天", "宁", "海", "江", "山", "林", "松", "柏", "青", "峰", "龙", "虎", "凤", "鸣", "兴", "旺",
    "福", "贵", "祥", "德", "志", "忠", "良", "诚",
];

impl Person<'_> {
    /// `psn_name`, the same in every extract.
    pub fn name(&self) -> Short {
        let mut dice = self.dice(Topic::Names, 0);
        let mut name = Short::default();
        name.push(dice.pick(FAMILIES));
        name.push(dice.pick(GIVEN));
        if !dice.one_in(6) {
            name.push(dice.pick(GIVEN));
        }
        name
    }
}

/// A hospital or pharmacy that nobody goes to; the number is below 1000.
pub fn institution(number: u32, pharmacy: bool) -> Short {
    let mut name = Short::default();
    name.push("样例第");
    name.push_padded(number.into(), 3);
    name.push(if pharmacy { "药店" } else { "医院" });
    name
}
